"""Blobs on blob pages, which are read together with the data pages around them."""

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.large_blobs import LargeBlob
from gdb_export.firebird.table_pages import page_runs
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import WIN1252
from tests.firebird.memory_source import MemorySource
from tests.random_examples import few_examples

BLOBS = Path(__file__).parents[1] / "data" / "fb15" / "blobs.fdb.gz"
TABLES = ("B_ALL", "B_UPD")
# offsets in the header of a blob page: type, flags, lead page, sequence, two bytes of the length
PAGE_FIELDS = (0, 1, 16, 20, 24, 25)
# offsets in a blob header, and of the first two pages of its page list
BLOB_FIELDS = (0, 4, 10, 12, 20, 21, 24, 28, 29, 32)


@cache
def undamaged() -> bytes:
    return gzip.decompress(BLOBS.read_bytes())


@cache
def blob_page_offsets() -> list[int]:
    size = Database(MemorySource(undamaged())).page_size
    offsets = range(0, len(undamaged()), size)
    return [offset for offset in offsets if undamaged()[offset] == ods.PageType.BLOB]


def named_table(database: Database, name: str) -> Table:
    return next(table for table in database.tables if table.name == name)


def exported(database: Database, name: str, by: str) -> tuple[bytes, list[DamageEntry]]:
    """The lines of a table and its damage."""
    table = named_table(database, name)
    source = PageChunks(database, implementation(by).rows)
    lines = source.chunk_lines(table, TextDecoder(WIN1252), bytes.hex)
    stats = TableStats(DamageLog(name))
    chunks = source.plan(table).chunks()
    csv = b"".join(bytes(data) for chunk in chunks for data in lines.lines(chunk, stats))
    return csv, stats.damage.entries


def exported_bytes(data: bytes, name: str, by: str) -> tuple[bytes, list[DamageEntry]]:
    return exported(Database(MemorySource(data)), name, by)


def assert_equal(data: bytes, name: str) -> tuple[bytes, list[DamageEntry]]:
    """Both implementations export the table equally; returns their result."""
    expected = exported_bytes(data, name, REFERENCE)
    assert exported_bytes(data, name, COMPILED) == expected
    return expected


def test_the_kernel_reads_the_blobs_whose_pages_are_in_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reference implementation reads few blobs; it reads more without pages in between."""

    def exported_and_read() -> tuple[tuple[bytes, list[DamageEntry]], int]:
        database = Database(MemorySource(undamaged()))
        read: list[bytes] = []
        read_blob = database.open_blob

        def record_and_read(blob_id: bytes) -> bytes | LargeBlob:
            read.append(blob_id)
            return read_blob(blob_id)

        monkeypatch.setattr(database, "open_blob", record_and_read)
        return exported(database, "B_UPD", COMPILED), len(read)

    result, by_reference = exported_and_read()
    monkeypatch.setattr(page_runs, "MAX_GAP", 0)
    result_without_gaps, by_reference_without_gaps = exported_and_read()
    assert result_without_gaps == result
    assert by_reference < by_reference_without_gaps


@st.composite
def corrupt_blob_pages(draw: st.DrawFn) -> bytes:
    """The file with a few bytes of blob pages changed, most of them in page headers."""
    data = bytearray(undamaged())
    for _ in range(draw(st.integers(1, 12))):
        page_offset = draw(st.sampled_from(blob_page_offsets()))
        position = draw(st.one_of(st.sampled_from(PAGE_FIELDS), st.integers(0, 40)))
        data[page_offset + position] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.parametrize("name", TABLES)
@few_examples(12)
@given(data=corrupt_blob_pages())
def test_damaged_blob_pages_are_read_equally(name: str, data: bytes) -> None:
    assert_equal(data, name)


@pytest.mark.parametrize("field_offset", [16, 20], ids=["sequence", "table"])
@pytest.mark.parametrize("name", TABLES)
def test_blobs_on_a_page_with_another_identity_are_lost(name: str, field_offset: int) -> None:
    """The table and sequence in a page's header identify it, not its page number; this also holds
    for the blobs of rows on other pages."""
    database = Database(MemorySource(undamaged()))
    whole, _ = exported(database, name, COMPILED)
    lost = 0
    for page_number in database.data_pages(named_table(database, name), DamageLog()):
        file = bytearray(undamaged())
        file[page_number * database.page_size + field_offset] ^= 1
        lines, damage = assert_equal(bytes(file), name)
        assert lines != whole
        lost += any(entry.column is not None for entry in damage)
    assert lost


@pytest.mark.parametrize("name", TABLES)
@few_examples(12)
@given(data=st.data())
def test_damaged_blob_headers_are_read_equally(name: str, data: st.DataObject) -> None:
    database = Database(MemorySource(undamaged()))
    file = bytearray(undamaged())
    page_numbers = list(filter(None, database.data_pages(named_table(database, name), DamageLog())))
    chosen = st.lists(st.sampled_from(page_numbers), min_size=1, max_size=8)
    for page_number in data.draw(chosen):
        page = database.pages.page(page_number)
        slot = data.draw(st.integers(0, 3))
        offset, _ = ods.SLOT.unpack_from(page, ods.DATA_SLOTS + 4 * slot)
        position = data.draw(st.sampled_from(BLOB_FIELDS))
        if offset and offset + position < len(page):
            changed = page_number * len(page) + offset + position
            file[changed] = data.draw(st.integers(0, 255))
    assert_equal(bytes(file), name)
