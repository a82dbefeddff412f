"""Blobs on pages of their own, which come with the data pages that they lie among."""

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdb_export.chunks.page_chunks import PageChunks, PageLines
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages import page_runs
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import twin
from tests.csv_rows.page_builder import WIN1252
from tests.firebird.memory_source import MemorySource

BLOBS = Path(__file__).parents[1] / "data" / "fb15" / "blobs.fdb.gz"
TABLES = ("B_ALL", "B_UPD")


@cache
def sound() -> bytes:
    return gzip.decompress(BLOBS.read_bytes())


@cache
def blob_pages() -> list[int]:
    """Where they lie in the file."""
    size = Database(MemorySource(sound())).page_size
    return [at for at in range(0, len(sound()), size) if sound()[at] == ods.PageType.BLOB]


def exported(rows: type[ReferenceRows], data: bytes, name: str) -> tuple[bytes, list[DamageEntry]]:
    """The lines of a table, and what was found damaged."""
    database = Database(MemorySource(data))
    table = next(one for one in database.tables if one.name == name)
    lines = PageLines(database, rows(database, table, TextDecoder(WIN1252)))
    lines.account = account = TableStats(DamageLog(name))
    chunks = PageChunks(database).plan(table).chunks()
    made = b"".join(bytes(piece) for chunk in chunks for piece in lines.lines(chunk))
    return made, account.damage.entries


def test_python_is_not_asked_for_blobs_that_came_with_the_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = twin("fast")
    asked: list[bytes] = []

    class Asked(rows):  # type: ignore[misc,valid-type]
        def blob(self, blob_id: bytes) -> bytes:
            asked.append(blob_id)
            content: bytes = super().blob(blob_id)
            return content

    made = exported(Asked, sound(), "B_UPD")
    of_others = len(asked)
    monkeypatch.setattr(page_runs, "MAX_BETWEEN", 0)
    assert exported(Asked, sound(), "B_UPD") == made
    assert of_others < len(asked) - of_others


@st.composite
def wounded(draw: st.DrawFn) -> bytes:
    """The file with a few bytes of blob pages changed, most of them in their headers."""
    data = bytearray(sound())
    for _ in range(draw(st.integers(1, 12))):
        page = draw(st.sampled_from(blob_pages()))
        at = draw(st.one_of(st.sampled_from([0, 1, 16, 20, 24, 25]), st.integers(0, 40)))
        data[page + at] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=wounded())
def test_damaged_blob_pages_are_read_alike(name: str, data: bytes) -> None:
    assert exported(twin("fast"), data, name) == exported(ReferenceRows, data, name)


@pytest.mark.parametrize("place", [16, 20], ids=["sequence", "table"])
@pytest.mark.parametrize("name", TABLES)
def test_blobs_on_a_page_that_says_it_is_another_are_lost(name: str, place: int) -> None:
    """Their rows lie on pages that are sound; to take those blobs would be to trust the number of
    a page more than what it says of itself."""
    database = Database(MemorySource(sound()))
    table = next(one for one in database.tables if one.name == name)
    whole, _ = exported(twin("fast"), sound(), name)
    lost = 0
    for number in database.data_pages(table, DamageLog()):
        file = bytearray(sound())
        file[number * database.page_size + place] ^= 1
        made, damage = exported(twin("fast"), bytes(file), name)
        assert (made, damage) == exported(ReferenceRows, bytes(file), name)
        assert set(made.splitlines()) < set(whole.splitlines())
        lost += any(entry.slot is not None for entry in damage)
    assert lost


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_headers_of_blobs_are_read_alike(name: str, data: st.DataObject) -> None:
    database = Database(MemorySource(sound()))
    table = next(one for one in database.tables if one.name == name)
    file = bytearray(sound())
    numbers = [one for one in database.data_pages(table, DamageLog()) if one]
    for number in data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=8)):
        page = database.pages.page(number)
        slot = data.draw(st.integers(0, 3))
        offset, _ = ods.SLOT.unpack_from(page, ods.DATA_SLOTS + 4 * slot)
        at = data.draw(st.sampled_from([0, 4, 10, 12, 20, 21, 24, 28, 29, 32]))
        if offset and offset + at < len(page):
            file[number * len(page) + offset + at] = data.draw(st.integers(0, 255))
    assert exported(twin("fast"), bytes(file), name) == exported(ReferenceRows, bytes(file), name)
