"""The manifest of an export: datapackage.json, the ZIP's last member.

A Frictionless Data Package (v2). Keys with the prefix `x-` describe the source
and everything that was skipped or replaced. The same export gives the same bytes.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from gdb_export.bigquery.names import changed_column_names, table_names
from gdb_export.csv_rows.field_texts import is_uuid_column
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.manifest_definitions import TableDescriber, package_definitions
from gdb_export.firebird.catalogue.columns import Column, Table, TableKind, firebird_type
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, Dtype
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.options import EXCEL, PARQUET, STANDARD, ExportOptions
from gdb_export.version import NAME, VERSION
from gdb_export.zip.deflate import crc32
from gdb_export.zip.member_names import SCHEMA

_PROFILES = "https://datapackage.org/profiles/2.0"
_NULLS = 'an empty field is NULL, "" is the empty string; in a table of one column "" is NULL too'

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_FIELD_TYPES: dict[int, str] = {
    Dtype.DATE: "date",
    Dtype.TIME: "time",
    Dtype.TIMESTAMP: "datetime",
    Dtype.BOOLEAN: "boolean",
    Dtype.ARRAY: "array",
}
# Digits of a NUMERIC by the type that stores it
_STORED_DIGITS: dict[int, int] = {
    Dtype.SHORT: 5,
    Dtype.LONG: 10,
    Dtype.INT64: 19,
    Dtype.INT128: 39,
    Dtype.DOUBLE: 0,
}


class SourceInfo(NamedTuple):
    """The source of an export: name without folder, size in bytes, and for an object in a bucket
    its generation."""

    name: str
    size: int
    generation: str | None
    modified_at: datetime


class FileEntry(NamedTuple):
    """A Parquet file of a table: `path` in the folder, `size` in bytes, CRC-32."""

    path: str
    rows: int
    size: int
    crc: int


class TableEntry(NamedTuple):
    """A table's CSV: `path` in the ZIP, `size` in bytes and CRC-32 of the CSV.

    In an export to Parquet, `files` are the table's files and `size` is the sum of their sizes. A
    CSV has no `files`.
    """

    table: Table
    path: str
    size: int
    crc: int
    stats: TableStats
    files: tuple[FileEntry, ...] = ()


def manifest(
    reader: DatabaseReader,
    damage: DamageLog,
    source_info: SourceInfo,
    options: ExportOptions,
    entries: Sequence[TableEntry],
    warnings: Sequence[str],
    definitions: Definitions,
    schema: bytes = b"",
) -> bytes:
    """The manifest as UTF-8. `damage` is that of the whole database, `schema` the content of
    schema.sql, empty if there is none."""
    names = _resource_names([entry.table.name for entry in entries])
    resources = [
        _resource(entry, name, options) for entry, name in zip(entries, names, strict=True)
    ]
    tables = [entry.table for entry in entries]
    _add_bigquery_names(resources)
    qualified_names = (table.qualified_name for table in tables)
    describer = TableDescriber(definitions, dict(zip(qualified_names, names, strict=True)))
    for resource, table in zip(resources, tables, strict=True):
        describer.describe(resource, table)
    description = definitions.database_description
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": _slug(source_info.name),
        "created": _utc(source_info.modified_at),
        **({"description": description} if description else {}),
        "resources": resources,
        "x-program": {"name": NAME, "version": VERSION},
        "x-source": _source(reader, source_info),
        "x-options": _options(options),
        **({} if options.format == PARQUET else {"x-null-policy": _NULLS}),
        "x-external-tables": _external_tables(reader.tables),
        **_left_out(reader, options),
        **package_definitions(definitions),
        **({"x-schema-sql": _schema_file(schema)} if schema else {}),
        "x-warnings": list(warnings),
        "x-damage": _damage([damage, definitions.damage], entries),
    }
    return _serialise(package).encode("utf-8", "replace")


def _serialise(package: dict[str, Any]) -> str:
    """JSON with one line for each key, and for each item of a top-level list.

    `indent` of the json module would select its encoder in Python, which takes seconds for
    thousands of tables.
    """
    encode = _ENCODER.encode
    lines = []
    for key, value in package.items():
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(encode, value)) + "\n ]"
        else:
            text = encode(value)
        lines.append(f" {encode(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _source(reader: DatabaseReader, source_info: SourceInfo) -> dict[str, Any]:
    return {
        "name": source_info.name,
        "bytes": source_info.size,
        "generation": source_info.generation,
        "modified": _utc(source_info.modified_at),
        "ods": reader.format_label,
        "page-size": reader.page_size,
        "dialect": reader.dialect,
        "default-charset": reader.default_charset,
    }


def _options(options: ExportOptions) -> dict[str, Any]:
    """The options that have an influence on the bytes of the ZIP; rare ones only if given."""
    rare = {
        "schema-from": options.schema_from,
        "system-tables": options.system_tables or None,
        "dialect": None if options.dialect == STANDARD else options.dialect,
    }
    return {
        "tables": None if options.tables is None else list(options.tables),
        "exclude": list(options.exclude),
        "charset": options.charset,
        "binary": options.binary,
        "compression": options.compression,
        **{name: value for name, value in rare.items() if value is not None},
        **({"format": PARQUET} if options.format == PARQUET else {}),
        **({"schema-sql": True} if options.schema_sql else {}),
        **_text_options(options),
    }


def _text_options(options: ExportOptions) -> dict[str, Any]:
    """The options charset-of and fix-utf8, if they are given."""
    columns = {"charset-of": list(options.charset_of)} if options.charset_of else {}
    return columns | ({"fix-utf8": options.fix_utf8} if options.fix_utf8 else {})


def _resource(entry: TableEntry, name: str, options: ExportOptions) -> dict[str, Any]:
    table, stats = entry.table, entry.stats
    resource: dict[str, Any] = {
        "name": name,
        "title": table.name,
        "type": "table",
        **(_parquet_files(entry) if entry.files else _csv_member(entry)),
    }
    resource |= _name_parts(table)
    if table.kind is TableKind.TEMPORARY:
        resource["x-temporary"] = True
    if table.kind is TableKind.SYSTEM:
        resource["x-system"] = True
    resource |= _text_counts(stats)
    if stats.dates:
        resource["x-dates-outside-1-to-9999"] = dict(sorted(stats.dates.items()))
    if stats.unsupported:
        resource["x-not-evaluated"] = stats.unsupported
    if stats.failures:
        resource["x-failed-values"] = {
            column: {
                "rows": failures.count,
                "reason": failures.reason,
                "first": failures.locations,
            }
            for column, failures in stats.failures.items()
        }
    if stats.out_of_range:
        resource["x-out-of-range"] = {
            column: {"rows": values.count, "first": values.locations}
            for column, values in sorted(stats.out_of_range.items(), key=lambda item: item[0])
        }
    if table.schema_file:
        resource["x-schema-from"] = {"file": table.schema_file, "rows": stats.rows}
    if options.dialect == EXCEL:
        resource["dialect"] = {"delimiter": ";", "lineTerminator": "\r\n"}
    binary = "" if entry.files else options.binary
    resource["schema"] = _schema(table.columns, binary, options.dialect)
    return resource


def _add_bigquery_names(resources: Sequence[dict[str, Any]]) -> None:
    """Add the name in BigQuery of each table, and those of columns that are named differently."""
    names = table_names(resource["title"] for resource in resources)
    for resource in resources:
        columns = [field["name"] for field in resource["schema"]["fields"]]
        changed = changed_column_names(columns)
        resource["x-bigquery"] = {
            "table": names[resource["title"]],
            **({"columns": changed} if changed else {}),
        }


def _name_parts(table: Table) -> dict[str, str]:
    """Schema, package and name as separate values; nothing for a database without schemas."""
    name = table.qualified_name
    if not name.schema:
        return {}
    package = {"x-package": name.package} if name.package else {}
    return {"x-schema": name.schema, **package, "x-name": name.object}


def _csv_member(entry: TableEntry) -> dict[str, Any]:
    return {
        "path": entry.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rows": entry.stats.rows,
        "bytes": entry.size,
        "hash": _hash(entry.crc),
    }


def _parquet_files(entry: TableEntry) -> dict[str, Any]:
    """One file; or a list of paths, with rows, bytes and hash of each under `x-parts`."""
    resource: dict[str, Any] = {
        "path": entry.path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rows": entry.stats.rows,
        "bytes": entry.size,
        "hash": _hash(entry.crc),
    }
    if len(entry.files) > 1:
        del resource["hash"]
        resource["path"] = [file.path for file in entry.files]
        resource["x-parts"] = [
            {"path": file.path, "rows": file.rows, "bytes": file.size, "hash": _hash(file.crc)}
            for file in entry.files
        ]
    return resource


def _schema_file(content: bytes) -> dict[str, Any]:
    return {"path": SCHEMA, "bytes": len(content), "hash": _hash(crc32(content))}


def _hash(crc: int) -> str:
    return f"crc32:{crc:08x}"


def _text_counts(stats: TableStats) -> dict[str, Any]:
    """The counts of texts by column: characters that were replaced or are controls, and values
    that seem to be UTF-8 or whose character set was chosen value by value."""
    counts: dict[str, dict[str, Any]] = {
        "x-replaced-characters": {},
        "x-control-characters": {},
        "x-misread-utf8-values": {},
        "x-decoded-values": {},
    }
    for column, text_counts in sorted(stats.texts.items()):
        for key, count in zip(counts, text_counts[:3], strict=False):
            if count:
                counts[key][column] = count
        if text_counts.utf8 or text_counts.otherwise:
            values = {"utf8": text_counts.utf8, "otherwise": text_counts.otherwise}
            counts["x-decoded-values"][column] = values
    return {key: by_column for key, by_column in counts.items() if by_column}


@lru_cache(maxsize=4)
def _schema(columns: tuple[Column, ...], binary: str, dialect: str) -> dict[str, Any]:
    """The schema, shared by tables with the same columns; not to be modified. `binary` is the
    encoding of binary values in a CSV, empty for Parquet."""
    return {
        "$schema": f"{_PROFILES}/tableschema.json",
        "fields": [_field(column, binary, dialect) for column in columns],
        **({"missingValues": [""]} if binary else {}),
    }


def _field(column: Column, binary: str, dialect: str) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _field_type(column)}
    if binary and field["type"] in ("datetime", "time"):
        field["format"] = "any"
    if dialect == EXCEL and field["type"] == "number":
        field["decimalChar"] = ","
    field["x-firebird-type"] = firebird_type(column)
    digits = _stored_digits(column)
    if digits is not None:
        field["x-stored-digits"] = digits
    if column.element is not None:
        field |= _element_type(column._replace(descriptor=column.element, dimensions=()))
    if binary and _is_binary(column):
        field["x-encoding"] = _encoding(column, binary)
        if field["x-encoding"] == "uuid":
            field["format"] = "uuid"
    if not column.is_nullable:
        field["constraints"] = {"required": True}
    if column.is_computed:
        field["x-computed"] = True
    return field


def _field_type(column: Column) -> str:
    dtype = column.descriptor.dtype
    if dtype in INTEGER_TYPES:
        return "number" if column.descriptor.scale < 0 else "integer"
    if dtype in FLOAT_TYPES or dtype in (Dtype.DEC64, Dtype.DEC128):
        return "number"
    return _FIELD_TYPES.get(dtype, "string")


def _stored_digits(column: Column) -> int | None:
    """The digits that a NUMERIC can hold, which may be more than declared; 0 if it is stored as a
    double, None for other types."""
    dtype = column.descriptor.dtype
    return _STORED_DIGITS.get(dtype) if column.descriptor.scale < 0 else None


def _element_type(element: Column) -> dict[str, Any]:
    """The type of the elements of an array, as of a column."""
    digits = _stored_digits(element)
    return {
        "x-element-type": firebird_type(element),
        **({} if digits is None else {"x-element-stored-digits": digits}),
    }


def _encoding(column: Column, binary: str) -> str:
    """The encoding of a binary column. "uuid" applies to columns of UUIDs only; the others are
    then hexadecimal."""
    return "hex" if binary == "uuid" and not is_uuid_column(column) else binary


def _is_binary(column: Column) -> bool:
    if column.descriptor.dtype == Dtype.BLOB:
        return not column.is_text_blob
    return column.charset == OCTETS


def _external_tables(tables: Sequence[Table]) -> list[dict[str, str]]:
    return [
        {"name": table.name, "file": table.external_file, **_name_parts(table)}
        for table in tables
        if table.kind is TableKind.EXTERNAL
    ] + [
        {"name": table.name, "filespace": table.filespace}
        for table in tables
        if table.kind is TableKind.FILESPACE
    ]


def _left_out(reader: DatabaseReader, options: ExportOptions) -> dict[str, list[str]]:
    """The names of the views and sequences, which are not exported; and of the system tables whose
    rows are not in the file, if all system tables are requested."""
    views = [table.name for table in reader.tables if table.kind is TableKind.VIEW]
    sequences = sorted(reader.sequences)
    system_tables = (reader.system_tables or ()) if options.system_tables else ()
    virtual = [table.name for table in system_tables if table.kind is not TableKind.SYSTEM]
    found = {"x-views": views, "x-sequences": sequences, "x-virtual-tables": virtual}
    return {key: names for key, names in found.items() if names}


def _damage(database: Sequence[DamageLog], entries: Sequence[TableEntry]) -> dict[str, Any]:
    """The skipped pages and records, the fields that are NULL because they can't be read, and the
    rebuilt lists of pages: the total count, and the first 1,000 entries of each table."""
    logs = [*database, *(entry.stats.damage for entry in entries)]
    return {
        "count": sum(log.count for log in logs),
        "places": [
            {
                "table": entry.table or None,
                "page": entry.page,
                "slot": entry.slot,
                **({} if entry.column is None else {"column": entry.column}),
                "reason": entry.reason,
            }
            for log in logs
            for entry in log.entries
        ],
    }


def _resource_names(tables: Sequence[str]) -> list[str]:
    """Resource names as the specification demands: lower case, no spaces, unique.

    The last number of each slug is remembered, so that many equal slugs take linear time.
    """
    names: list[str] = []
    seen: set[str] = set()
    last_numbers: dict[str, int] = {}
    for table in tables:
        slug = name = _slug(table)
        while name in seen:
            last_numbers[slug] = last_numbers.get(slug, 1) + 1
            name = f"{slug}-{last_numbers[slug]}"
        seen.add(name)
        names.append(name)
    return names


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-") or "table"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
