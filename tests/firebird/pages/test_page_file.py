"""Pages by number: in one file, in several files, and with an nbackup difference file."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile, base_name
from tests.firebird.database_builder import DatabaseBuilder
from tests.firebird.memory_source import MemorySource

SIZE = 1024


def pages_of(*letters: str) -> bytes:
    """Pages that are filled with one letter each."""
    return b"".join(letter.encode() * SIZE for letter in letters)


def header(next_file: str | None = None, last_page: int | None = None) -> Header:
    """The header of a file that `next_file` continues after `last_page`."""
    clumplets: dict[int, bytes] = {}
    if next_file is not None:
        clumplets[3] = next_file.encode()
    if last_page is not None:
        clumplets[4] = pack("<I", last_page)
    return parse_header(DatabaseBuilder().build())._replace(clumplets=clumplets)


def continuation(
    next_file: str | None = None, last_page: int | None = None, sequence: int = 1
) -> bytes:
    """The header page of a further file, without a version word, as up to ODS 11."""
    page = bytearray(DatabaseBuilder().build()[:SIZE])
    page[18:24] = bytes(6)
    page[40:42] = sequence.to_bytes(2, "little")
    clumplets = b"" if next_file is None else bytes([3, len(next_file)]) + next_file.encode()
    clumplets += b"" if last_page is None else bytes([4, 4]) + pack("<I", last_page)
    page[96 : 96 + len(clumplets)] = clumplets
    return bytes(page)


def open_pages(source: MemorySource, head: Header) -> tuple[PageFile, DamageLog]:
    log = DamageLog()
    return PageFile(source, head, log), log


def test_pages_of_one_file_are_numbered_from_its_start() -> None:
    pages, _ = open_pages(MemorySource(pages_of("a", "b", "c")), header())
    assert (pages.page_count, pages.page(2)) == (3, pages_of("c"))
    assert pages.run(1, 5) == pages_of("b", "c")


@pytest.mark.parametrize("number", [3, 4_000_000_000, -1])
def test_a_page_beyond_the_end_is_damage(number: int) -> None:
    pages, _ = open_pages(MemorySource(pages_of("a", "b", "c")), header())
    with pytest.raises(Damage, match="lies beyond the end of the file"):
        pages.page(number)


def test_a_partial_page_is_beyond_the_end() -> None:
    pages, _ = open_pages(MemorySource(pages_of("a", "b")[:-1]), header())
    assert pages.trailing_bytes == SIZE - 1
    with pytest.raises(Damage, match="page 1: lies beyond"):
        pages.page(1)


def test_a_further_file_continues_after_its_header_page() -> None:
    third = MemorySource(continuation(sequence=2) + pages_of("e"))
    second = MemorySource(continuation("c.gdb", 3) + pages_of("c", "d"), adjacent={"c.gdb": third})
    first = MemorySource(pages_of("a", "b"), adjacent={"b.gdb": second})
    pages, log = open_pages(first, header(r"C:\data\b.gdb", 1))
    assert pages.run(0, 5) == pages_of("a", "b", "c", "d", "e")
    assert (pages.page_count, log.count) == (5, 0)
    assert b"".join(run for _, run in pages.runs(2)) == pages_of("a", "b", "c", "d", "e")


def test_a_missing_further_file_is_named() -> None:
    with pytest.raises(UnreadableDatabase, match=r"continues in the file b\.gdb, which is missing"):
        open_pages(MemorySource(pages_of("a", "b")), header("/data/b.gdb", 1))


def test_a_further_file_of_another_type_is_named() -> None:
    first = MemorySource(pages_of("a"), adjacent={"b.gdb": MemorySource(b"just some text")})
    with pytest.raises(UnreadableDatabase, match=r"b\.gdb: this is a text file"):
        open_pages(first, header("b.gdb", 0))


def test_a_cycle_of_files_is_refused() -> None:
    first = MemorySource(pages_of("a"))
    second = MemorySource(continuation("b.gdb", 1) + pages_of("b"))
    first.adjacent = second.adjacent = {"b.gdb": second}
    with pytest.raises(UnreadableDatabase, match=r"b\.gdb, which is not its file 3"):
        open_pages(first, header("b.gdb", 0))


def test_a_complete_database_is_not_a_further_file() -> None:
    neighbour = bytearray(DatabaseBuilder().build())
    neighbour[40:42] = b"\1\0"
    first = MemorySource(pages_of("a"), adjacent={"b.gdb": MemorySource(bytes(neighbour))})
    with pytest.raises(UnreadableDatabase, match=r"b\.gdb, which is not its file 2"):
        open_pages(first, header("b.gdb", 0))


def test_a_file_that_ends_early_does_not_shift_the_pages_of_others() -> None:
    second = MemorySource(continuation() + pages_of("x"))
    first = MemorySource(pages_of("a"), adjacent={"b.gdb": second})
    pages, _ = open_pages(first, header("b.gdb", 2))
    assert pages.run(0, 4) == pages_of("a", "\0", "\0", "x")
    assert (pages.page_count, pages.page(3)) == (2, pages_of("x"))


def test_a_huge_last_page_is_skipped() -> None:
    second = MemorySource(continuation() + pages_of("x"))
    first = MemorySource(pages_of("a"), adjacent={"b.gdb": second})
    pages, _ = open_pages(first, header("b.gdb", 0xFFFFFFF0))
    assert [number for number, _ in pages.runs(8)] == [0, 0xFFFFFFF1]


def difference(*pages: tuple[int, str]) -> MemorySource:
    """A difference file that replaces pages (page number, letter)."""
    numbers = [number for number, _ in pages]
    listed = pack(f"<I{len(numbers)}I", len(numbers), *numbers).ljust(SIZE, b"\0")
    return MemorySource(listed + pages_of(*(letter for _, letter in pages)))


def test_pages_of_a_difference_file_replace_those_of_the_database() -> None:
    pages, _ = open_pages(MemorySource(pages_of("a", "b", "c")), header())
    pages.add_difference(difference((1, "B"), (3, "D")))
    assert pages.run(0, 5) == pages_of("a", "B", "c", "D")
    assert pages.page_count == 4


def test_a_huge_page_number_in_a_difference_file_is_skipped() -> None:
    pages, _ = open_pages(MemorySource(pages_of("a")), header())
    pages.add_difference(difference((0xFFFFFFFF, "z")))
    assert pages.page_count == 2
    assert [number for number, _ in pages.runs(8)] == [0, 0xFFFFFFFF]


def test_a_difference_file_that_lists_too_many_pages_is_damage() -> None:
    pages, _ = open_pages(MemorySource(pages_of("a")), header())
    with pytest.raises(Damage, match="its list of pages"):
        pages.add_difference(MemorySource(pack("<I", 256).ljust(SIZE, b"\0")))
    assert pages.page(0) == pages_of("a")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/srv/db/one.gdb", "one.gdb"), (r"D:\Dados\um.GDB", "um.GDB"), ("plain", "plain")],
)
def test_the_base_name_of_stored_paths(path: str, name: str) -> None:
    assert base_name(path) == name
