"""A lost or foreign blob page costs the field that owns the blob, and no other field or row."""

import csv
from collections.abc import Callable
from struct import pack

import pytest

from tests.data.databases import database_bytes
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.hostile import corruptions
from tests.hostile.undamaged import undamaged

DATABASE, PAGE_SIZE = "fb15/blobs", 1024
LOST_PAGE = 2278  # of the second blob of B_BIG


def rows(result: ExportedTables, table: str) -> list[list[str]]:
    """The rows of a table; their texts contain line breaks."""
    return list(csv.reader(line + "\n" for line in result.rows[table]))


def patched(offset: int, content: bytes) -> bytes:
    """The database with other bytes at an offset of the lost page."""
    data = database_bytes(DATABASE)
    return corruptions.patched(data, LOST_PAGE, offset, content, PAGE_SIZE)


def overwritten_by_another_page() -> bytes:
    data = database_bytes(DATABASE)
    return patched(0, data[(LOST_PAGE + 1) * PAGE_SIZE : (LOST_PAGE + 2) * PAGE_SIZE])


@pytest.fixture(autouse=True)
def long_fields() -> None:
    csv.field_size_limit(1 << 30)


@pytest.mark.parametrize(
    ("corrupted", "reason"),
    [
        (lambda: patched(0, bytes(PAGE_SIZE)), "page 2278: a blob page is expected here"),
        (lambda: patched(0, b"\x05"), "found data page"),
        (lambda: patched(16, pack("<I", 77)), "page 2278 belongs to another blob"),
        (lambda: patched(20, pack("<I", 77)), "is not page"),
        (lambda: patched(24, b"\xff\xff"), "65535 bytes used of a blob page"),
        (lambda: patched(24, b"\0\0"), "goes past its end"),
        (overwritten_by_another_page, "is not page"),
    ],
)
def test_only_the_field_that_owns_the_blob_is_lost(
    corrupted: Callable[[], bytes], reason: str
) -> None:
    result, whole = export_in_memory(corrupted(), tables=("B_BIG", "B_UPD")), undamaged(DATABASE)
    assert rows(result, "B_UPD") == rows(whole, "B_UPD")
    before, after = rows(whole, "B_BIG"), rows(result, "B_BIG")
    assert len(after) == len(before)
    ((row, changed),) = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    ((column, field),) = [
        (index, field) for index, field in enumerate(changed) if field != row[index]
    ]
    assert field == ""
    names = result.headers["B_BIG"].split(",")
    (place,) = result.damage["places"]
    assert (place["table"], place["column"]) == ("B_BIG", names[column])
    assert reason in result.reasons[0]
