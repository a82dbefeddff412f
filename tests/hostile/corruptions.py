"""Finds pages and slots of a database, and corrupts them."""

from collections.abc import Iterator
from struct import pack, unpack_from

from gdb_export.firebird.core.ods import PageType

PAGE_SIZE = 4096  # of the databases that these functions corrupt


def page(data: bytes, page_number: int) -> bytes:
    return data[page_number * PAGE_SIZE : (page_number + 1) * PAGE_SIZE]


def replaced(data: bytes, page_number: int, content: bytes) -> bytes:
    """The data with the content of a page replaced, and the rest of the page zeroed."""
    begin, end = page_number * PAGE_SIZE, (page_number + 1) * PAGE_SIZE
    return data[:begin] + content.ljust(PAGE_SIZE, b"\0") + data[end:]


def zeroed(data: bytes, *page_numbers: int) -> bytes:
    for page_number in page_numbers:
        data = replaced(data, page_number, b"")
    return data


def patched(
    data: bytes, page_number: int, offset: int, content: bytes, page_size: int = PAGE_SIZE
) -> bytes:
    """The data with other bytes at an offset of a page."""
    start = page_number * page_size + offset
    return data[:start] + content + data[start + len(content) :]


def pages_of_type(data: bytes, page_type: PageType) -> list[int]:
    return [
        number for number in range(len(data) // PAGE_SIZE) if page(data, number)[0] == page_type
    ]


def pointer_pages(data: bytes, relation: int) -> list[int]:
    return [
        page_number
        for page_number in pages_of_type(data, PageType.POINTER)
        if page(data, page_number)[26:28] == pack("<H", relation)
    ]


def data_pages(data: bytes, relation: int) -> list[int]:
    """Page numbers in the order of the pointer pages."""
    page_numbers: list[int] = []
    for pointer_page_number in pointer_pages(data, relation):
        pointers = page(data, pointer_page_number)
        count = int.from_bytes(pointers[24:26], "little")
        page_numbers += unpack_from(f"<{count}I", pointers, 32)
    return [page_number for page_number in page_numbers if page_number]


def slots(data: bytes, page_number: int) -> Iterator[tuple[int, int, int]]:
    """Yield slot, offset and length of the items of a data page."""
    content = page(data, page_number)
    for slot in range(int.from_bytes(content[22:24], "little")):
        offset = int.from_bytes(content[24 + 4 * slot : 26 + 4 * slot], "little")
        if offset:
            yield slot, offset, int.from_bytes(content[26 + 4 * slot : 28 + 4 * slot], "little")


def without_item(data: bytes, relation: int, name: bytes) -> bytes:
    """The data without the records of a system table that contain the name: their slots are made
    invalid."""
    for page_number in data_pages(data, relation):
        content = bytearray(page(data, page_number))
        for slot, offset, length in slots(data, page_number):
            if name in content[offset : offset + length]:
                content[24 + 4 * slot : 28 + 4 * slot] = pack("<HH", 4095, 4095)
        data = replaced(data, page_number, bytes(content))
    return data
