"""Back pointers and fragment pointers that run in a circle, or that many records share."""

from struct import pack

import pytest

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

DEAD = 2
ROLLED_BACK = 2  # number of a transaction
CHAIN, FRAGMENT, INCOMPLETE = 2, 4, 8


def made(*pages: list[bytes]) -> DatabaseBuilder:
    database = DatabaseBuilder((10, 1), 4096, transactions=(COMMITTED, COMMITTED, DEAD))
    database.tables.append(TableBuilder("T", 128, pages=list(pages)))
    database.build()
    database.tables[0].numbers.clear()
    database.tables[0].pointer_pages.clear()
    return database


def first_page(database: DatabaseBuilder) -> int:
    """Where the table's first data page will be."""
    probe = DatabaseBuilder(database.version, database.page_size, tables=[TableBuilder("T", 128)])
    probe.tables[0].pages = [[] for _ in database.tables[0].pages]
    probe.build()
    return probe.tables[0].numbers[0]


def linked(transaction: int, page: int, slot: int, flags: int = 0) -> bytes:
    return record(integer_row(9, 9), transaction, flags, (page, slot))


def test_a_row_that_is_its_own_back_version() -> None:
    page = first_page(made([b""]))
    database = made(
        [record(integer_row(1, 1)), linked(ROLLED_BACK, page, 1), record(integer_row(3, 3))]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "3,3"]}
    assert result.locations == [("T", page, 1)]


def test_back_versions_that_point_at_each_other() -> None:
    page = first_page(made([b""]))
    database = made(
        [
            record(integer_row(1, 1)),
            linked(ROLLED_BACK, page, 2),
            linked(ROLLED_BACK, page, 3, CHAIN),
            linked(ROLLED_BACK, page, 2, CHAIN),
            record(integer_row(5, 5)),
        ]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "5,5"]}
    assert result.reasons == ["its back versions run in a circle"]


def test_fragments_that_point_at_each_other() -> None:
    page = first_page(made([b""]))

    def piece(slot: int, flags: int) -> bytes:
        head = pack("<IIHHB3xIH", 1, 0, 0, flags, 1, page, slot)
        return head

    database = made(
        [
            record(integer_row(1, 1)),
            piece(2, INCOMPLETE),
            piece(3, INCOMPLETE | FRAGMENT),
            piece(2, INCOMPLETE | FRAGMENT),
            record(integer_row(5, 5)),
        ]
    )
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1", "5,5"]}
    assert result.reasons == ["its fragments run in a circle"]


@pytest.mark.parametrize(
    ("page", "slot", "words"),
    [
        (4_000_000_000, 0, "its back version is lost: page 4000000000: lies beyond the end"),
        (2, 0, "its back version is lost: page 2: a data page is expected here"),
        (0, 60000, "its back version is missing at page"),
        (0, 0, "which is not a back version"),
    ],
)
def test_back_versions_that_are_not_there(page: int, slot: int, words: str) -> None:
    own = first_page(made([b""]))
    database = made([record(integer_row(1, 1)), linked(ROLLED_BACK, page or own, slot)])
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,1"]}
    assert words in result.reasons[0]


def test_a_long_chain_that_many_records_share_is_not_walked_for_each_of_them() -> None:
    """300 records share a chain of 300 versions: 90,000 steps, were they all gone."""
    per_page, count = 100, 300
    first = first_page(made(*([b""] for _ in range(2 * count // per_page))))

    def place(number: int) -> tuple[int, int]:
        return first + number // per_page, number % per_page

    chain = [
        linked(ROLLED_BACK, *place(number + 1), CHAIN)
        if number + 1 < count
        else record(integer_row(0, 0), 1, CHAIN)
        for number in range(count)
    ]
    heads = [linked(ROLLED_BACK, *place(0)) for _ in range(count)]
    items = chain + heads
    pages = [items[at : at + per_page] for at in range(0, len(items), per_page)]
    result = export_in_memory(made(*pages).source())
    assert result.damage["count"] > 0
    assert set(result.rows["T"]) == {"0,0"}


def test_circles_among_uncommitted_versions_of_a_real_file() -> None:
    data = database_bytes("fb15/mvcc")
    number = data_pages(data, 136)[0]  # M_ACTUPD
    places = [(slot, at) for slot, at, _ in slots(data, number)][:3]
    for slot, at in places:
        data = patched(data, number, at + 4, pack("<IH", number, slot))
    result, whole = export_in_memory(data), undamaged("fb15/mvcc")
    assert len(result.rows["M_ACTUPD"]) == len(whole.rows["M_ACTUPD"]) - 3
    assert only_rows_missing(result.rows["M_ACTUPD"], whole.rows["M_ACTUPD"])
    assert result.locations == [("M_ACTUPD", number, slot) for slot, _ in places]
