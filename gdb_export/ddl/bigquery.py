"""Statements for BigQuery. Those that load are commands of `bq` for a shell with the variables
DATASET and FOLDER (gs://bucket/folder with the files); keys are not enforced there."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence

from gdb_export.bigquery.names import (
    MAX_NAME,
    AddedColumns,
    column_names,
    table_names,
    valid_name,
)
from gdb_export.ddl.sql import NotLoadable
from gdb_export.ddl.tables import NameRules, TargetColumn, TargetTable

_TYPES = {
    "SMALLINT": "INT64",
    "INTEGER": "INT64",
    "BIGINT": "INT64",
    "INT128": "BIGNUMERIC",
    "FLOAT": "FLOAT64",
    "DOUBLE PRECISION": "FLOAT64",
    "BOOLEAN": "BOOL",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP": "DATETIME",
}
_NUMERIC_SCALE, _NUMERIC_INTEGER_DIGITS = 9, 29  # of the type NUMERIC
_MAX_DIGITS = 39
_MAX_DESCRIPTION = 1024


def _column_names(columns: Sequence[str]) -> Mapping[str, str]:
    return column_names(columns, AddedColumns())


# Tables and columns have the names that a load into BigQuery gives them
RULES = NameRules(
    clean=valid_name,
    fold=str.casefold,
    max_bytes=MAX_NAME,
    table_names=table_names,
    column_names=_column_names,
)


def statements(tables: Sequence[TargetTable], load: bool) -> Iterator[str]:
    """SQL that creates the tables; with `load` a script for a shell, which replaces tables of the
    same names and loads the files. Raises NotLoadable before the first statement."""
    if not load:
        for table in tables:
            yield f"{_create(table, '')};"
        for table in tables:
            yield from (f"{statement};" for statement in _foreign_keys(table, ""))
        return
    for table in tables:
        _check_loadable(table)
    yield ': "${DATASET:?names the dataset}" "${FOLDER:?names the folder in a bucket}"'
    for table in tables:
        yield _query(_create(table, "$DATASET."))
        yield _load(table)
    for table in tables:
        for statement in _foreign_keys(table, "$DATASET."):
            yield _query(statement)


def column_type(column: TargetColumn) -> str:
    if column.is_array or column.is_zoned:
        return "STRING"
    if column.is_binary:
        return "BYTES" if column.encoding in ("", "base64") else "STRING"
    if column.base_type in ("NUMERIC", "DECIMAL"):
        if column.stored_digits == 0:
            return "FLOAT64"
        digits = max(column.stored_digits or _MAX_DIGITS, column.scale)
        if column.scale <= _NUMERIC_SCALE and digits - column.scale <= _NUMERIC_INTEGER_DIGITS:
            return f"NUMERIC({digits}, {column.scale})"
        return "BIGNUMERIC"
    return _TYPES.get(column.base_type, "STRING")


def _create(table: TargetTable, prefix: str) -> str:
    lines = []
    for column in table.columns:
        description = column.field.get("description", "")
        lines.append(f"  `{column.name}` {column_type(column)}{_options(description)}")
    if key := table.primary_key:
        lines.append(f"  PRIMARY KEY ({_names(key.columns)}) NOT ENFORCED")
    return (
        f"CREATE OR REPLACE TABLE {prefix}`{table.name}` (\n"
        + ",\n".join(lines)
        + f"\n){_options(table.description)}"
    )


def _options(description: str) -> str:
    if not description:
        return ""
    return f" OPTIONS(description={json.dumps(description[:_MAX_DESCRIPTION])})"


def _foreign_keys(table: TargetTable, prefix: str) -> Iterator[str]:
    for key in table.foreign_keys:
        yield (
            f"ALTER TABLE {prefix}`{table.name}` ADD CONSTRAINT `{key.name}`"
            f" FOREIGN KEY ({_names(key.columns)})"
            f" REFERENCES {prefix}`{key.table}` ({_names(key.referenced)}) NOT ENFORCED"
        )


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _query(statement: str) -> str:
    """A command that runs the statement; the shell replaces $DATASET and nothing else."""
    before, *after = statement.split("$DATASET")
    text = shlex.quote(before) + "".join(f'"$DATASET"{shlex.quote(part)}' for part in after)
    return f"bq query --quiet --use_legacy_sql=false {text}"


def _check_loadable(table: TargetTable) -> None:
    """Raises NotLoadable for Parquet files with names of columns that BigQuery refuses."""
    changed = [each.source_name for each in table.columns if each.name != each.source_name]
    if table.is_parquet and changed:
        raise NotLoadable(
            f"bq load takes the names of columns from a Parquet file, and BigQuery refuses"
            f" {table.source_name}.{changed[0]}: use gdb-export load"
        )


def _load(table: TargetTable) -> str:
    """Loads into the table that was just created, whose types and descriptions stay."""
    if table.is_parquet:
        options = "--source_format=PARQUET"
    else:
        options = (
            "--source_format=CSV --skip_leading_rows=1 --allow_quoted_newlines"
            " --preserve_ascii_control_characters"
        )
    sources = ",".join(f'"$FOLDER"{shlex.quote("/" + path)}' for path in table.paths)
    return f'bq load {options} "$DATASET".{table.name} {sources}'
