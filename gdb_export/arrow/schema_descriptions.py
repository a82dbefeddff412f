"""Descriptions and keys in the metadata of Arrow schemas, which Parquet files keep.

A field has `description`, `primary_key` (its position in the key, from 1) and `references` (the
`TABLE.COLUMN` of a foreign key). The schema has the table's `description`, and as JSON
`primary_key`, `unique_keys` and `foreign_keys`: lists of columns, which must all be selected.
"""

import json
from collections.abc import Sequence

import pyarrow as pa

from gdb_export.arrow.table_batches import MakeColumns, TableColumns
from gdb_export.chunks.chunks import ChunkSource
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.definitions.objects import TableConstraints
from gdb_export.firebird.values.text import TextDecoder


class DescribedColumns:
    """Makes columns whose schemas have the descriptions and keys of the table.

    Safe to use from several threads. The definitions are read with the first table; what can't be
    read is missing, and is reported with the manifest.
    """

    def __init__(self, definitions: Definitions, make_columns: MakeColumns) -> None:
        self._definitions = definitions
        self._make_columns = make_columns

    def __call__(
        self,
        source: ChunkSource,
        table: Table,
        columns: Sequence[Column],
        decoder: TextDecoder,
    ) -> TableColumns:
        made = self._make_columns(source, table, columns, decoder)
        with self._definitions.lock:
            made.schema = described_schema(made.schema, table, self._definitions)
        return made


def described_schema(schema: pa.Schema, table: Table, definitions: Definitions) -> pa.Schema:
    """The schema of the table's selected columns, with descriptions and keys."""
    constraints = definitions.constraints(table)
    columns = definitions.columns(table)
    references = _references(constraints)
    primary_key = constraints.primary_key.columns if constraints.primary_key else ()
    fields = []
    for field in schema:
        added = {
            "description": columns[field.name].description if field.name in columns else "",
            "primary_key": str(primary_key.index(field.name) + 1)
            if field.name in primary_key
            else "",
            "references": ", ".join(references.get(field.name, ())),
        }
        fields.append(field.with_metadata({**(field.metadata or {}), **_encoded(added)}))
    keys = _keys(constraints, set(schema.names))
    texts = {name: json.dumps(key, ensure_ascii=False) for name, key in keys.items() if key}
    metadata = _encoded({"description": definitions.description(table), **texts})
    return pa.schema(fields, metadata or None)


def _references(constraints: TableConstraints) -> dict[str, list[str]]:
    """By column, the columns to which its foreign keys refer."""
    references: dict[str, list[str]] = {}
    for key in constraints.foreign_keys:
        for column, target in zip(key.columns, key.referenced_columns, strict=False):
            references.setdefault(column, []).append(f"{key.table}.{target}")
    return references


def _keys(constraints: TableConstraints, names: set[str]) -> dict[str, list[object]]:
    """The keys whose columns are all among `names`."""
    primary_key = constraints.primary_key
    has_primary_key = primary_key is not None and names.issuperset(primary_key.columns)
    return {
        "primary_key": list(primary_key.columns) if primary_key and has_primary_key else [],
        "unique_keys": [
            list(key.columns) for key in constraints.unique_keys if names.issuperset(key.columns)
        ],
        "foreign_keys": [
            {
                "columns": list(key.columns),
                "table": str(key.table),
                "referenced_columns": list(key.referenced_columns),
            }
            for key in constraints.foreign_keys
            if names.issuperset(key.columns)
        ],
    }


def _encoded(texts: dict[str, str]) -> dict[bytes, bytes]:
    """The texts that are not empty, as metadata."""
    return {key.encode(): text.encode("utf-8", "replace") for key, text in texts.items() if text}
