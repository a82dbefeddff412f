"""Finding the place of a wound in a database, and making it."""

from collections.abc import Iterator
from struct import pack

from gdb_export.firebird.core.ods import PageType

SIZE = 4096  # of the pages of all databases that these wounds are made in


def page(data: bytes, number: int) -> bytes:
    return data[number * SIZE : (number + 1) * SIZE]


def replaced(data: bytes, number: int, content: bytes) -> bytes:
    return data[: number * SIZE] + content.ljust(SIZE, b"\0") + data[(number + 1) * SIZE :]


def zeroed(data: bytes, *numbers: int) -> bytes:
    for number in numbers:
        data = replaced(data, number, b"")
    return data


def patched(data: bytes, number: int, offset: int, content: bytes) -> bytes:
    """Other bytes at an offset of a page."""
    at = number * SIZE + offset
    return data[:at] + content + data[at + len(content) :]


def pages_of_type(data: bytes, kind: PageType) -> list[int]:
    return [number for number in range(len(data) // SIZE) if data[number * SIZE] == kind]


def pointer_pages(data: bytes, relation: int) -> list[int]:
    return [
        number
        for number in pages_of_type(data, PageType.POINTER)
        if page(data, number)[26:28] == pack("<H", relation)
    ]


def data_pages(data: bytes, relation: int) -> list[int]:
    """By sequence, as the pointer pages list them."""
    found: list[int] = []
    for number in pointer_pages(data, relation):
        own = page(data, number)
        count = int.from_bytes(own[24:26], "little")
        found += [int.from_bytes(own[32 + 4 * i : 36 + 4 * i], "little") for i in range(count)]
    return [number for number in found if number]


def slots(data: bytes, number: int) -> Iterator[tuple[int, int, int]]:
    """Slot, offset and length of the items of a data page."""
    own = page(data, number)
    for slot in range(int.from_bytes(own[22:24], "little")):
        offset = int.from_bytes(own[24 + 4 * slot : 26 + 4 * slot], "little")
        if offset:
            yield slot, offset, int.from_bytes(own[26 + 4 * slot : 28 + 4 * slot], "little")
