"""Checked views on pages: contradictions are Damage."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_views import BlobPage, DataPage, PointerPage, require_type
from tests.firebird.database_builder import data_page, page_header, pointer_page

SIZE = 1024


def a_data_page(items: list[bytes]) -> bytearray:
    return bytearray(data_page(items, SIZE, 10, 7, 3, 128))


def test_the_header_and_items_of_a_data_page() -> None:
    page = DataPage(bytes(a_data_page([b"one", b"three"])), 7)
    assert (page.number, page.sequence, page.relation, page.slots) == (7, 3, 128, 2)
    assert [page.item(slot) for slot in range(3)] == [b"one", b"three", None]


def test_the_item_of_a_free_slot_is_none() -> None:
    data = a_data_page([b"one", b"three"])
    data[24:28] = bytes(4)
    assert DataPage(bytes(data), 7).item(0) is None


@pytest.mark.parametrize(
    ("offset", "length"), [(1020, 5), (1024, 1), (65535, 65535), (31, 4), (1, 1), (24, 8)]
)
def test_a_slot_outside_the_page_is_damage(offset: int, length: int) -> None:
    data = a_data_page([b"one", b"three"])
    data[28:32] = pack("<HH", offset, length)
    page = DataPage(bytes(data), 7)
    assert page.item(0) == b"one"
    with pytest.raises(Damage, match=f"page 7 slot 1: {length} bytes at {offset}"):
        page.item(1)


def test_more_slots_than_fit_are_damage() -> None:
    """58 records of the minimum length fit a page of 1024 bytes."""
    data = a_data_page([])
    data[22:24] = pack("<H", 58)
    assert DataPage(bytes(data), 7).slots == 58
    data[22:24] = pack("<H", 59)
    with pytest.raises(Damage, match="59 slots where 58 fit"):
        DataPage(bytes(data), 7)


@pytest.mark.parametrize(("major", "max_slots"), [(10, 233), (11, 233), (12, 192), (13, 192)])
def test_the_slots_of_a_full_pointer_page(major: int, max_slots: int) -> None:
    numbers = list(range(1000, 1000 + max_slots))
    page = PointerPage.parse(pointer_page(numbers, SIZE, major, 9, 128), 9, major)
    assert list(page.slots) == numbers
    assert (page.sequence, page.next, page.relation, page.is_last) == (0, 0, 128, True)


@pytest.mark.parametrize("major", [10, 13])
def test_more_pointers_than_fit_are_damage(major: int) -> None:
    data = bytearray(pointer_page([], SIZE, major, 9, 128))
    data[24:26] = b"\xff\xff"
    with pytest.raises(Damage, match="page 9: 65535 slots where"):
        PointerPage.parse(bytes(data), 9, major)


def test_a_pointer_page_with_another_page_number_is_damage() -> None:
    data = pointer_page([5], SIZE, 12, 9, 128)
    with pytest.raises(Damage, match="page 10: the page says that it is page 9"):
        PointerPage.parse(data, 10, 12)


def blob_page(used: int, flags: int = 0) -> bytes:
    """A blob page whose header counts `used` bytes of content."""
    head = page_header(PageType.BLOB, 10, 5, flags) + pack("<IIHH", 77, 2, used, 0)
    return head + bytes(range(250)) + bytes(SIZE - len(head) - 250)


def test_the_content_of_a_blob_page_is_its_used_part() -> None:
    page = BlobPage(blob_page(3), 5)
    assert (page.lead, page.sequence, page.content) == (77, 2, b"\0\1\2")
    assert not page.has_pointers
    assert BlobPage(blob_page(8, flags=1), 5).has_pointers


def test_a_blob_page_whose_content_exceeds_the_page_is_damage() -> None:
    assert len(BlobPage(blob_page(SIZE - 28), 5).content) == SIZE - 28
    with pytest.raises(Damage, match="997 bytes used of a blob page"):
        BlobPage(blob_page(SIZE - 27), 5)


@pytest.mark.parametrize(
    ("page_type", "words"),
    [(0, "an unformatted page"), (4, "found pointer page"), (77, "found type 77")],
)
def test_an_unexpected_page_type_is_named(page_type: int, words: str) -> None:
    page = bytes([page_type]).ljust(SIZE, b"\0")
    with pytest.raises(Damage, match=f"page 6: a data page is expected here, .*{words}"):
        require_type(page, 6, PageType.DATA)
