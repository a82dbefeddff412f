"""Statements for BigQuery. Those that load are commands of `bq` for a shell with the variables
DATASET and FOLDER (gs://bucket/folder with the files); keys are not enforced there."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence

from gdb_export.ddl.tables import NameRules, TargetColumn, TargetTable

_FORBIDDEN_PREFIXES = re.compile(
    r"_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_", re.IGNORECASE
)
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


def _clean(name: str) -> str:
    """Letters, digits and `_`, no digit first, no reserved prefix."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    if cleaned[0].isdigit():
        cleaned = f"_{cleaned}"
    return f"X{cleaned}" if _FORBIDDEN_PREFIXES.match(cleaned) else cleaned


RULES = NameRules(clean=_clean, fold=str.casefold, max_bytes=300)


def statements(tables: Sequence[TargetTable], load: bool) -> Iterator[str]:
    """SQL that creates the tables; with `load` a script for a shell, which replaces tables of the
    same names and loads the files."""
    if not load:
        for table in tables:
            yield f"{_create(table, '')};"
        for table in tables:
            yield from (f"{statement};" for statement in _foreign_keys(table, ""))
        return
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
            f"ALTER TABLE {prefix}`{table.name}` ADD CONSTRAINT `{_clean(key.name)}`"
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
