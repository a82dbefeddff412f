"""A page of a blob is lost, or is another's: the row that owns the blob is, and no other."""

import csv
from collections.abc import Callable
from struct import pack

import pytest

from tests.data.databases import database_bytes
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.hostile.undamaged import undamaged

BLOBS, SIZE = "fb15/blobs", 1024
LOST = 2278  # a page of the second blob of B_BIG


def rows(result: ExportedTables, table: str) -> list[list[str]]:
    """Rows whose texts go on over several lines."""
    return list(csv.reader(line + "\n" for line in result.rows[table]))


def patched(offset: int, content: bytes) -> bytes:
    data = database_bytes(BLOBS)
    at = LOST * SIZE + offset
    return data[:at] + content + data[at + len(content) :]


def overwritten_by_another_page() -> bytes:
    data = database_bytes(BLOBS)
    return patched(0, data[(LOST + 1) * SIZE : (LOST + 2) * SIZE])


@pytest.fixture(autouse=True)
def long_fields() -> None:
    csv.field_size_limit(1 << 30)


@pytest.mark.parametrize(
    ("wounded", "words"),
    [
        (lambda: patched(0, bytes(SIZE)), "page 2278: a blob page is expected here"),
        (lambda: patched(0, b"\x05"), "found data page"),
        (lambda: patched(16, pack("<I", 77)), "page 2278 belongs to another blob"),
        (lambda: patched(20, pack("<I", 77)), "is not page"),
        (lambda: patched(24, b"\xff\xff"), "65535 bytes used of a blob page"),
        (lambda: patched(24, b"\0\0"), "goes past its end"),
        (overwritten_by_another_page, "is not page"),
    ],
)
def test_only_the_row_that_owns_the_blob_is_lost(wounded: Callable[[], bytes], words: str) -> None:
    result, whole = export_in_memory(wounded(), tables=("B_BIG", "B_UPD")), undamaged(BLOBS)
    assert rows(result, "B_UPD") == rows(whole, "B_UPD")
    before, after = rows(whole, "B_BIG"), rows(result, "B_BIG")
    assert len(after) == len(before) - 1
    assert all(row in before for row in after)
    assert [place[0] for place in result.locations] == ["B_BIG"]
    assert words in result.reasons[0]
