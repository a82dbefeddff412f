"""datapackage.json, the ZIP's last member: a Frictionless Data Package (v2) with an account of
what was read, skipped and replaced under `x-` keys. The same export gives the same bytes."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table, TableKind, firebird_type
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, Dtype
from gdb_export.options import ExportOptions
from gdb_export.version import NAME, VERSION

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


class SourceInfo(NamedTuple):
    """The source as its owner knows it; `generation` is that of a bucket's object."""

    name: str
    size: int
    generation: str | None
    modified_at: datetime


class TableEntry(NamedTuple):
    """A table's CSV in the ZIP: `path` there, `size` in bytes and CRC-32 of the CSV."""

    table: Table
    path: str
    size: int
    crc: int
    account: TableStats


def manifest(
    contents: DatabaseReader,
    damage: DamageLog,
    origin: SourceInfo,
    options: ExportOptions,
    entries: Sequence[TableEntry],
    warnings: Sequence[str],
) -> bytes:
    names = _resource_names([entry.table.name for entry in entries])
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": _slug(origin.name),
        "created": _utc(origin.modified_at),
        "resources": [
            _Json(_resource(entry, name, options))
            for entry, name in zip(entries, names, strict=True)
        ],
        "x-program": {"name": NAME, "version": VERSION},
        "x-source": _source(contents, origin),
        "x-options": _options(options),
        "x-null-policy": _NULLS,
        "x-external-tables": _external_tables(contents.tables),
        "x-warnings": list(warnings),
        "x-damage": _damage(damage, entries),
    }
    return _json(package).encode("utf-8", "replace")


def _json(package: dict[str, Any]) -> str:
    """A line for each key, and for each item of a list. With json's own indentation the work
    would be done in Python, which takes seconds for thousands of tables."""
    lines = []
    for key, value in package.items():
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(_compact, value)) + "\n ]"
        else:
            text = _compact(value)
        lines.append(f" {_compact(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


class _Json(str):
    """A value that is text of JSON already."""


def _compact(value: Any) -> str:
    return value if isinstance(value, _Json) else _ENCODER.encode(value)


def _source(contents: DatabaseReader, origin: SourceInfo) -> dict[str, Any]:
    return {
        "name": origin.name,
        "bytes": origin.size,
        "generation": origin.generation,
        "modified": _utc(origin.modified_at),
        "ods": contents.format_label,
        "page-size": contents.page_size,
        "dialect": contents.dialect,
        "default-charset": contents.default_charset,
    }


def _options(options: ExportOptions) -> dict[str, Any]:
    """Those that change the bytes; how the work was shared out does not."""
    return {
        "tables": None if options.tables is None else list(options.tables),
        "exclude": list(options.exclude),
        "charset": options.charset,
        "binary": options.binary,
        "compression": options.compression,
    }


def _resource(entry: TableEntry, name: str, options: ExportOptions) -> str:
    table, account = entry.table, entry.account
    resource: dict[str, Any] = {
        "name": name,
        "title": table.name,
        "type": "table",
        "path": entry.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rows": account.rows,
        "bytes": entry.size,
        "hash": f"crc32:{entry.crc:08x}",
    }
    if table.kind is TableKind.TEMPORARY:
        resource["x-temporary"] = True
    if account.replaced:
        resource["x-replaced-characters"] = dict(sorted(account.replaced.items()))
    if account.unsupported:
        resource["x-not-evaluated"] = account.unsupported
    if account.failures:
        resource["x-failed-values"] = {
            column: {"rows": failures.count, "reason": failures.reason}
            for column, failures in account.failures.items()
        }
    return f'{_compact(resource)[:-1]}, "schema": {_schema(table.columns, options.binary)}}}'


@lru_cache(maxsize=4)
def _schema(columns: tuple[Column, ...], binary: str) -> str:
    """As JSON, which is made once for tables with the same columns."""
    schema = {
        "$schema": f"{_PROFILES}/tableschema.json",
        "fields": [_field(column, binary) for column in columns],
        "missingValues": [""],
    }
    return _compact(schema)


def _field(column: Column, binary: str) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _field_type(column)}
    if field["type"] in ("datetime", "time"):
        field["format"] = "any"
    field["x-firebird-type"] = firebird_type(column)
    if _is_binary(column):
        field["x-encoding"] = binary
    if not column.is_nullable:
        field["constraints"] = {"required": True}
    if column.is_computed:
        field["x-computed"] = True
    return field


def _field_type(column: Column) -> str:
    one = column.descriptor
    if one.dtype in INTEGER_TYPES:
        return "number" if one.scale < 0 else "integer"
    if one.dtype in FLOAT_TYPES or one.dtype in (Dtype.DEC64, Dtype.DEC128):
        return "number"
    return _FIELD_TYPES.get(one.dtype, "string")


def _is_binary(column: Column) -> bool:
    if column.descriptor.dtype == Dtype.BLOB:
        return not column.is_text_blob
    return column.charset == OCTETS


def _external_tables(tables: Sequence[Table]) -> list[dict[str, str]]:
    return [
        {"name": table.name, "file": table.external_file}
        for table in tables
        if table.kind is TableKind.EXTERNAL
    ]


def _damage(database: DamageLog, entries: Sequence[TableEntry]) -> dict[str, Any]:
    """Every page or record that was skipped, or list that was rebuilt, the first 1,000 a table."""
    logs = [database, *(entry.account.damage for entry in entries)]
    return {
        "count": sum(log.count for log in logs),
        "places": [
            {
                "table": entry.table or None,
                "page": entry.page,
                "slot": entry.slot,
                "reason": entry.reason,
            }
            for log in logs
            for entry in log.entries
        ],
    }


def _resource_names(tables: Sequence[str]) -> list[str]:
    """Names as the specification wants them: lower case, no spaces, each once."""
    names: list[str] = []
    seen: set[str] = set()
    for table in tables:
        name, count = _slug(table), 1
        while name in seen:
            count += 1
            name = f"{_slug(table)}-{count}"
        seen.add(name)
        names.append(name)
    return names


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-") or "table"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
