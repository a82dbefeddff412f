"""Computed formats equal those that real engines stored, on 32-bit and 64-bit machines."""

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
def test_columns_have_the_offsets_that_the_engine_assigned(name: str) -> None:
    database = Database(MemorySource(database_bytes(name)))
    alignment = 4 if name.startswith("fb15") else 8
    for table in database.tables:
        if table.kind is TableKind.TABLE:
            stored = database.format(table, table.format)
            computed = {column.field_id for column in table.columns if column.is_computed}
            layout = user_format(stored.descriptors, computed, alignment)
            assert layout.descriptors == stored.descriptors


@pytest.mark.parametrize(("count", "first"), [(1, 4), (32, 4), (33, 8), (64, 8), (65, 12)])
def test_null_bits_take_whole_words(count: int, first: int) -> None:
    layout = user_format([Descriptor(Dtype.SHORT, length=2)] * count, set(), 4)
    offsets = [field.offset for field in layout.descriptors]
    assert offsets[0] == first
    assert all(following - offset == 2 for offset, following in pairwise(offsets))
