"""Circular back pointers and fragment pointers, and chains that many records share."""

from struct import pack
from typing import Any

import pytest

from gdb_export.firebird.records.records import Records
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import (
    COMMITTED,
    DatabaseBuilder,
    TableBuilder,
    integer_row,
    record,
)
from tests.hostile.corruptions import data_pages, patched, slots
from tests.hostile.undamaged import only_rows_missing, undamaged

DEAD = 2  # state of a transaction
ROLLED_BACK = 2  # number of the transaction that is dead
CHAIN, FRAGMENT, INCOMPLETE = 2, 4, 8  # record flags


def database_of(*pages: list[bytes]) -> DatabaseBuilder:
    """A database with one table; `pages` are the items of its data pages."""
    database = DatabaseBuilder((10, 1), 4096, transactions=(COMMITTED, COMMITTED, DEAD))
    database.tables.append(TableBuilder("T", 128, pages=list(pages)))
    return database


def first_page(page_count: int = 1) -> int:
    """The number of the first data page of a table of `page_count` data pages."""
    database = database_of(*([] for _ in range(page_count)))
    database.build()
    return database.tables[0].numbers[0]


def with_back_pointer(transaction: int, page: int, slot: int, flags: int = 0) -> bytes:
    """A record version with a back pointer to that page and slot."""
    return record(integer_row(9, 9), transaction, flags, (page, slot))


def test_a_row_that_is_its_own_back_version() -> None:
    page = first_page()
    database = database_of(
        [
            record(integer_row(1, 1)),
            with_back_pointer(ROLLED_BACK, page, 1),
            record(integer_row(3, 3)),
        ]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "3,3"]}
    assert result.locations == [("T", page, 1)]


def test_back_versions_that_point_at_each_other() -> None:
    page = first_page()
    database = database_of(
        [
            record(integer_row(1, 1)),
            with_back_pointer(ROLLED_BACK, page, 2),
            with_back_pointer(ROLLED_BACK, page, 3, CHAIN),
            with_back_pointer(ROLLED_BACK, page, 2, CHAIN),
            record(integer_row(5, 5)),
        ]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "5,5"]}
    assert result.reasons == ["its back versions form a cycle"]


def test_fragments_that_point_at_each_other() -> None:
    page = first_page()

    def fragment(slot: int, flags: int) -> bytes:
        return pack("<IIHHB3xIH", 1, 0, 0, flags, 1, page, slot)

    database = database_of(
        [
            record(integer_row(1, 1)),
            fragment(2, INCOMPLETE),
            fragment(3, INCOMPLETE | FRAGMENT),
            fragment(2, INCOMPLETE | FRAGMENT),
            record(integer_row(5, 5)),
        ]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "5,5"]}
    assert result.reasons == ["its fragments form a cycle"]


@pytest.mark.parametrize(
    ("page", "slot", "reason"),  # page None: the page of the record itself
    [
        (4_000_000_000, 0, "its back version is lost: page 4000000000: lies beyond the end"),
        (2, 0, "its back version is lost: page 2: a data page is expected here"),
        (None, 60000, "its back version is missing at page"),
        (None, 0, "which is not a back version"),
    ],
)
def test_a_back_pointer_must_point_to_a_back_version(
    page: int | None, slot: int, reason: str
) -> None:
    page = first_page() if page is None else page
    database = database_of([record(integer_row(1, 1)), with_back_pointer(ROLLED_BACK, page, slot)])
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1"]}
    assert reason in result.reasons[0]


def database_with_shared_chain(count: int) -> DatabaseBuilder:
    """A table of `count` records, which share one chain of `count` back versions."""
    per_page = 100
    first = first_page(2 * count // per_page)

    def address(index: int) -> tuple[int, int]:
        return first + index // per_page, index % per_page

    chain = [
        with_back_pointer(ROLLED_BACK, *address(index + 1), CHAIN) for index in range(count - 1)
    ]
    chain.append(record(integer_row(0, 0), 1, CHAIN))
    records = [with_back_pointer(ROLLED_BACK, *address(0)) for _ in range(count)]
    items = chain + records
    starts = range(0, len(items), per_page)
    return database_of(*(items[start : start + per_page] for start in starts))


def test_a_chain_that_many_records_share_is_read_in_linear_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """1000 records that share a chain of 1000 versions have a million versions to read."""
    count = 1000
    source = database_with_shared_chain(count).source()
    lengths: list[int] = []
    read_item = Records.item

    def counting_item(records: Records, page: int, slot: int, *details: Any) -> bytes:
        item = read_item(records, page, slot, *details)
        lengths.append(len(item))
        return item

    monkeypatch.setattr(Records, "item", counting_item)
    result = export_in_memory(source)
    budget = 2 * source.size + (1 << 20)
    assert count <= len(lengths) < count * count // 10
    assert sum(lengths) <= budget + max(lengths)
    assert set(result.rows["T"]) == {"0,0"}
    assert len(result.rows["T"]) + result.damage["count"] == count
    assert set(result.reasons) == {"read limit exceeded: several records share one back version"}


def test_cycles_among_uncommitted_versions_of_a_golden_database() -> None:
    data = database_bytes("fb15/mvcc")
    page_number = data_pages(data, 136)[0]  # of M_ACTUPD
    records = [(slot, offset) for slot, offset, _ in slots(data, page_number)][:3]
    for slot, offset in records:
        data = patched(data, page_number, offset + 4, pack("<IH", page_number, slot))
    result, whole = export_in_memory(data), undamaged("fb15/mvcc")
    assert len(result.rows["M_ACTUPD"]) == len(whole.rows["M_ACTUPD"]) - 3
    assert only_rows_missing(result.rows["M_ACTUPD"], whole.rows["M_ACTUPD"])
    assert result.locations == [("M_ACTUPD", page_number, slot) for slot, _ in records]
