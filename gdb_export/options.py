"""The options of an export."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gdb_export.contract.options import CSV, CSV_AND_PARQUET, PARQUET, BadOption, format_of

__all__ = [
    "CSV",
    "CSV_AND_PARQUET",
    "DIALECTS",
    "EXCEL",
    "HEX",
    "MAX_WORKERS",
    "PARQUET",
    "STANDARD",
    "BadOption",
    "ExportOptions",
    "format_of",
    "known_format",
    "known_workers",
    "options_from_fields",
]

HEX = "hex"
STANDARD, EXCEL = "standard", "excel"
DIALECTS = (STANDARD, EXCEL)  # of CSV
MAX_WORKERS = 256  # each is a thread


class ExportOptions(NamedTuple):
    """Options of one export.

    `tables` None means all tables, `workers` None one thread per core. `format` is CSV, PARQUET or
    CSV_AND_PARQUET; `dialect`, of the CSV, is "standard" or "excel". `system_tables` adds all
    stored system tables.

    `schema_from` is the name of another copy of the database in the folder of the source, which
    gives the definitions that a damaged one has lost. `schema_sql` adds the data definition as the
    file schema.sql. `again` only makes these options differ from those of an earlier export of the
    same upload.
    """

    tables: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    charset: str = "WIN1252"
    charset_of: tuple[str, ...] = ()
    fix_utf8: str | None = None
    binary: str = HEX
    schema_from: str | None = None
    strict: bool = False
    overwrite: bool = False
    compression: int | None = None
    workers: int | None = None
    format: str = CSV
    dialect: str = STANDARD
    schema_sql: bool = False
    again: str | None = None
    system_tables: bool = False


def known_format(text: str) -> str:
    """The format that a text names: CSV, PARQUET or CSV_AND_PARQUET. Raises BadOption."""
    if (known := format_of(text)) is None:
        raise BadOption(f"{text!r} is not a format: use csv, parquet or csv,parquet", "format")
    return known


def known_workers(count: int | None) -> int | None:
    """The number of threads, unchanged. Raises BadOption if it is not from 1 to MAX_WORKERS."""
    if count is not None and not 1 <= count <= MAX_WORKERS:
        raise BadOption(f"{count} is not a number from 1 to {MAX_WORKERS}", "workers")
    return count


def options_from_fields(fields: Mapping[str, Any]) -> ExportOptions:
    """The options in a job document. Raises BadOption for one that this version does not know."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    try:
        return ExportOptions(**values)
    except TypeError as error:
        raise BadOption(f"this version of the job does not know an option: {error}") from error
