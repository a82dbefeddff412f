"""The manifest of a database that is not exported: its tables without rows, sizes and checksums."""

import json
from typing import Any

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.manifest import SourceInfo, TableEntry, manifest
from gdb_export.export.selection import exportable_tables
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.options import ExportOptions
from gdb_export.zip.member_names import member_name

# Assumed limit in bytes of a line with a blob: without an export, its length is not known
_LINE_WITH_BLOB = 64_000_000


def describe(
    reader: DatabaseReader, source_info: SourceInfo, definitions: Definitions
) -> dict[str, Any]:
    """The manifest as `export` with default options would write it, with 0 rows in each table."""
    entries = [
        TableEntry(table, member_name(table.name), _size(table), 0, TableStats(DamageLog()))
        for table in exportable_tables(reader.tables)
    ]
    options = ExportOptions()
    text = manifest(reader, reader.damage, source_info, options, entries, [], definitions)
    package: dict[str, Any] = json.loads(text)
    return package


def _size(table: Table) -> int:
    """A bound for the bytes of a line of the table's CSV if it has blobs or arrays, otherwise 0."""
    types = (column.descriptor.dtype for column in table.columns)
    return _LINE_WITH_BLOB if any(dtype in (Dtype.BLOB, Dtype.ARRAY) for dtype in types) else 0
