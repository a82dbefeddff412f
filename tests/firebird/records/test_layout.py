"""Formats made of columns: those that real engines stored, of 32-bit and 64-bit machines."""

from itertools import pairwise

import pytest

from gdb_export.firebird.catalogue.columns import TableKind
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.layout import user_format
from tests.data.databases import database_bytes
from tests.firebird.memory_source import MemorySource

NAMES = [
    "fb15/cnes",
    "fb15/names",
    "fb15/types",
    "fb50/blobs",
    "fb50/computed_columns",
    "fb50/dates_and_zones",
    "fb50/long_records",
    "fb50/texts",
]


@pytest.mark.parametrize("name", NAMES)
def test_columns_lie_where_the_engine_placed_them(name: str) -> None:
    database = Database(MemorySource(database_bytes(name)))
    alignment = 4 if name.startswith("fb15") else 8
    for table in database.tables:
        if table.kind is TableKind.TABLE:
            stored = database.format(table, table.format)
            computed = {one.field_id for one in table.columns if one.is_computed}
            made = user_format(stored.descriptors, computed, alignment)
            assert made.descriptors == stored.descriptors


@pytest.mark.parametrize(("count", "first"), [(1, 4), (32, 4), (33, 8), (64, 8), (65, 12)])
def test_the_null_bits_take_whole_words(count: int, first: int) -> None:
    made = user_format([Descriptor(Dtype.SHORT, length=2)] * count, set(), 4)
    places = [one.offset for one in made.descriptors]
    assert places[0] == first
    assert all(b - a == 2 for a, b in pairwise(places))
