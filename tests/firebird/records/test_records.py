"""Records: headers, fragments, back versions and the version that a new transaction sees."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.records.records import (
    Records,
    RecordVersion,
    checked_image,
    parse_record_header,
)
from gdb_export.firebird.records.transactions import Transactions
from tests.firebird.database_builder import DatabaseBuilder, data_page
from tests.firebird.memory_source import MemorySource

COMMITTED, DEAD, LIMBO = 1, 2, 3  # numbers of transactions in these states
DELETED, CHAIN, FRAGMENT, INCOMPLETE, BLOB, DELTA, DAMAGED = 1, 2, 4, 8, 16, 32, 128
LONG, RAW = 1024, 2048
PAGE = 4  # number of the page with the items


def version(
    body: bytes, transaction: int = COMMITTED, flags: int = 0, back: tuple[int, int] = (0, 0)
) -> bytes:
    """A record version of format 7; `back` is page and slot of the older version."""
    return pack("<IIHHB", transaction, *back, flags, 7) + body


def fragment(body: bytes, flags: int, next_slot: int, transaction: int = COMMITTED) -> bytes:
    """A fragment that the item in `next_slot` of the same page continues."""
    return pack("<IIHHB3xIH", transaction, 0, 0, flags, 7, PAGE, next_slot) + body


def run(text: bytes) -> bytes:
    """The text as one run of copied bytes."""
    return bytes([len(text)]) + text


def records(
    items: list[bytes], ods: tuple[int, int] = (10, 1)
) -> tuple[Records, list[bytes], DamageLog]:
    """Records of a file with the items on page 4, the items, and the log."""
    states = 3, 3, 2, 1  # of transactions 0 to 3: committed, committed, dead, limbo
    builder = DatabaseBuilder((10, 1), 1024, transactions=states)
    data = builder.build()
    page = data_page(items, 1024, 10, PAGE, 0, 128)
    data = data[: PAGE * 1024] + page + data[(PAGE + 1) * 1024 :]
    log = DamageLog()
    pages = PageFile(MemorySource(data), parse_header(data), log)
    return Records(pages, ods, Transactions(pages, {0: 2}, 1, 3, log), log), items, log


def visible(items: list[bytes], slot: int = 0, ods: tuple[int, int] = (10, 1)) -> bytes | None:
    """The image that a new transaction sees of the record in a slot."""
    reader, _, _ = records(items, ods)
    record_version = reader.visible(items[slot])
    assert record_version is None or record_version.format == 7
    return None if record_version is None else record_version.image


def test_the_image_of_a_committed_version() -> None:
    assert visible([version(run(b"abc"))]) == b"abc"


@pytest.mark.parametrize("flags", [CHAIN, FRAGMENT, BLOB, BLOB | DELTA, CHAIN | DELTA])
def test_blobs_back_versions_and_fragments_are_not_rows(flags: int) -> None:
    assert visible([version(run(b"abc"), flags=flags)]) is None


def test_a_deleted_row() -> None:
    assert visible([version(b"", flags=DELETED)]) is None


def test_a_row_that_was_never_committed() -> None:
    assert visible([version(run(b"abc"), DEAD)]) is None


def test_an_update_that_was_never_committed() -> None:
    items = [version(run(b"new"), DEAD, back=(PAGE, 1)), version(run(b"old"), flags=CHAIN)]
    assert visible(items) == b"old"


def test_a_deletion_that_was_never_committed() -> None:
    items = [
        version(b"", DEAD, DELETED, (PAGE, 1)),
        version(run(b"old"), flags=CHAIN),
    ]
    assert visible(items) == b"old"


def test_differences_over_several_versions() -> None:
    items = [
        version(run(b"newest"), DEAD, DELTA, (PAGE, 1)),
        version(run(b"\x01N\xfb"), DEAD, CHAIN | DELTA, (PAGE, 2)),
        version(run(b"\xfe\x02XY"), COMMITTED, CHAIN),
    ]
    assert visible(items) == b"NeXY"


def test_parts_of_a_record_on_a_page_of_another_table_are_damage() -> None:
    """Two pages have changed places: the pointers lead to records of another table."""
    items = [
        version(run(b"new"), DEAD, back=(PAGE, 1)),
        version(run(b"old"), flags=CHAIN),
        fragment(run(b"abc"), INCOMPLETE, 3),
        version(run(b"def"), flags=FRAGMENT),
    ]
    reader, _, _ = records(items)
    assert reader.visible(items[0], 128) == RecordVersion(7, b"old")
    assert reader.visible(items[2], 128) == RecordVersion(7, b"abcdef")
    for slot, part in ((0, "back version"), (2, "fragment")):
        reason = f"its {part} is lost: page {PAGE}: a data page of table 128 is here"
        with pytest.raises(Damage, match=reason):
            reader.visible(items[slot], 129)


def test_a_version_in_limbo_is_noted_and_the_previous_one_is_visible() -> None:
    items = [version(run(b"new"), LIMBO, back=(PAGE, 1)), version(run(b"old"), flags=CHAIN)]
    reader, _, log = records(items)
    assert reader.visible(items[0]) == RecordVersion(7, b"old")
    assert log.count == 0
    assert "transaction 3 is in limbo" in log.notes[0]


def test_each_fragment_is_unpacked_separately() -> None:
    items = [
        fragment(run(b"one "), INCOMPLETE, 1),
        fragment(run(b"two "), INCOMPLETE | FRAGMENT, 2),
        version(run(b"three"), flags=FRAGMENT),
    ]
    assert visible(items) == b"one two three"


def test_a_raw_version_of_firebird_5() -> None:
    assert visible([version(b"\x01\xff\x80raw", flags=RAW)], ods=(13, 1)) == b"\x01\xff\x80raw"


def test_a_transaction_of_more_than_32_bits() -> None:
    header = parse_record_header(pack("<IIHHBxH", 5, 0, 0, LONG, 7, 2) + run(b"abc"), major=12)
    assert (header.transaction, header.data) == (2 << 32 | 5, 16)
    fragmented = parse_record_header(
        pack("<IIHHBxHIH", 5, 0, 0, LONG | INCOMPLETE, 7, 2, 99, 3), major=12
    )
    assert fragmented.transaction == 2 << 32 | 5
    assert (fragmented.next_page, fragmented.next_slot, fragmented.data) == (99, 3, 22)


@pytest.mark.parametrize(
    "item",
    [b"", bytes(12), pack("<IIHHB", 1, 0, 0, INCOMPLETE, 7) + bytes(8), bytes(10) + b"\x08\0"],
)
def test_an_item_shorter_than_its_header_is_damage(item: bytes) -> None:
    with pytest.raises(Damage, match="shorter than its header"):
        parse_record_header(item, 10)


def test_a_long_header_that_is_cut_off_is_damage() -> None:
    with pytest.raises(Damage, match="shorter than its header"):
        parse_record_header(pack("<IIHHB", 1, 0, 0, LONG, 7), 12)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([version(run(b"abc"), flags=DAMAGED)], "the engine marked the record as damaged"),
        ([version(b"", DEAD, back=(PAGE, 0))], "is not a back version"),
        ([version(b"", DEAD, back=(PAGE, 9))], "back version is missing at page 4 slot 9"),
        ([version(b"", DEAD, back=(2, 0))], "its back version is lost: page 2: a data page"),
        ([fragment(b"", INCOMPLETE, 0)], "the fragment pointer points to something else"),
        ([fragment(b"", INCOMPLETE, 5)], "its fragment is missing at page 4 slot 5"),
        ([version(b"\x05ab")], "a run of bytes goes past the end"),
        (
            [
                version(run(b"short"), DEAD, DELTA, (PAGE, 1)),
                version(run(b"\x09"), COMMITTED, CHAIN),
            ],
            "differences go past the end",
        ),
        (
            [
                version(b"", DEAD, 0, (PAGE, 1)),
                version(b"", DEAD, CHAIN, (PAGE, 2)),
                version(b"", DEAD, CHAIN, (PAGE, 1)),
            ],
            "its back versions form a cycle",
        ),
    ],
)
def test_contradictions_are_damage(items: list[bytes], words: str) -> None:
    with pytest.raises(Damage, match=words):
        visible(items)


def test_a_record_never_unpacks_to_more_than_the_maximum_image() -> None:
    with pytest.raises(Damage, match="unpacks to more than 131072 bytes"):
        visible([version(b"\xfe\xff\xff\xff\x7fx")], ods=(13, 1))


def test_a_cycle_of_back_versions_does_not_spend_the_budget_of_other_records() -> None:
    items = [
        version(b"", DEAD, 0, (PAGE, 1)),
        version(bytes(400), DEAD, CHAIN, (PAGE, 1)),
        version(run(b"new"), DEAD, back=(PAGE, 3)),
        version(run(b"old"), flags=CHAIN),
    ]
    reader, _, _ = records(items)
    for _ in range(2000):
        with pytest.raises(Damage, match="form a cycle"):
            reader.visible(items[0])
    assert reader.visible(items[2]) == RecordVersion(7, b"old")


def test_an_image_has_the_length_of_its_format() -> None:
    assert checked_image(b"abc", 3) == b"abc"
    assert checked_image(b"abc\0\0\0", 3) == b"abc"
    for image in (b"ab", b"abcd", b""):
        with pytest.raises(Damage, match="its format 3"):
            checked_image(image, 3)
