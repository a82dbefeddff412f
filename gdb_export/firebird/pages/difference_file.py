"""Difference files of nbackup: changed pages of a database that is locked by ALTER DATABASE.

Pages 0, N, 2N, … of the file are lists, where N is the count of u32 numbers that fit a page. The
first number of a list is the count of pages that follow it, the others are their page numbers in
the database.
Knowledge: `BackupManager` in nbak.cpp.
"""

from collections.abc import Iterator

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage, NotADatabase
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source

_MAX_CHECKED_PAGES = 64  # each may cost a request to a bucket


def difference_pages(source: Source, page_size: int) -> dict[int, int]:
    """Page number of the database -> page number of the difference file; raises Damage."""
    numbers_per_page = page_size // 4
    pages: dict[int, int] = {}
    for list_page in range(0, max(source.size // page_size, 1), numbers_per_page):
        numbers = _numbers(source.read(list_page * page_size, page_size))
        if not numbers or numbers[0] > numbers_per_page - 1 or len(numbers) < numbers_per_page:
            raise Damage(f"its list of pages at page {list_page} is damaged")
        for index in range(1, numbers[0] + 1):
            pages[numbers[index]] = list_page + index
        if numbers[0] < numbers_per_page - 1:
            break
    return pages


def reject_difference_file(source: Source) -> None:
    """Raise NotADatabase if a file without a header page is a difference file.

    The first page of a difference file lists different pages that all exist, and each of these has
    the number that is listed for it (ODS 12 and newer) or a checksum (ODS 11).
    """
    first = source.read(0, max(ods.PAGE_SIZES))
    if any(_lists_its_pages(source, first[:size], size) for size in ods.PAGE_SIZES):
        raise NotADatabase(
            "this is a difference file of nbackup (only the pages that changed while the database"
            " was locked): give the database itself, with this file in the same folder"
        )


def _lists_its_pages(source: Source, first: bytes, page_size: int) -> bool:
    """Whether the first page is the list of a difference file with this page size."""
    numbers = _numbers(first)
    if len(first) < page_size or not 0 < numbers[0] < min(len(numbers), source.size // page_size):
        return False
    listed = numbers[1 : numbers[0] + 1]
    return len(set(listed)) == len(listed) and all(_are_pages(source, listed, page_size))


def _are_pages(source: Source, listed: list[int], page_size: int) -> Iterator[bool]:
    """For each of the first listed pages, whether it is a page of a database of a known type."""
    for index, number in enumerate(listed[:_MAX_CHECKED_PAGES], 1):
        data = source.read(index * page_size, ods.PAGE_HEADER_SIZE)
        if len(data) < ods.PAGE_HEADER_SIZE:
            yield False
            return
        page_type, _, checksum, _, _, stored_number = ods.PAGE_HEADER.unpack(data)
        is_known = PageType.HEADER <= page_type <= PageType.SCN
        yield is_known and (checksum == ods.PAGE_CHECKSUM or stored_number in (0, number))


def _numbers(data: bytes) -> list[int]:
    """The u32 numbers in `data`."""
    offsets = range(0, len(data), 4)
    return [int.from_bytes(data[offset : offset + 4], "little") for offset in offsets]
