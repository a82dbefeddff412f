"""A database that has lost its header and all states of transactions, read with another copy."""

from functools import partial

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.core.ods import PageType
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import data_pages, pages_of_type, zeroed
from tests.hostile.undamaged import undamaged

FORMATS = 8  # number of the table RDB$FORMATS


def test_all_transactions_are_treated_as_committed() -> None:
    """The start of the file is lost; only the copy has the definitions of the tables."""
    data = database_bytes("fb25/evolve")
    lost = [0, *pages_of_type(data, PageType.TRANSACTION_INVENTORY)]
    lost += [page for table in range(64) for page in data_pages(data, table)]
    schema = MemorySource(data, "copy.fdb")
    result = export_in_memory(zeroed(data, *lost), opener=partial(open_chunks, schema=schema))
    assert result.rows == undamaged("fb25/evolve").rows


def test_lost_formats_are_taken_from_the_copy() -> None:
    """The tables have all columns, but the formats of their records can't be read."""
    data = database_bytes("fb25/evolve")
    schema = MemorySource(data, "copy.fdb")
    for page in data_pages(data, FORMATS):
        result = export_in_memory(zeroed(data, page), opener=partial(open_chunks, schema=schema))
        assert result.rows == undamaged("fb25/evolve").rows
