"""Statements for DuckDB, one transaction. Foreign keys are comments: DuckDB adds none to existing
tables, and refuses to replace a table that others refer to."""

from collections.abc import Iterator, Sequence

from gdb_export.ddl.sql import literal, quoted, quoted_list, reference
from gdb_export.ddl.tables import NameRules, TargetColumn, TargetTable

RULES = NameRules(
    clean=lambda name: name.replace("\0", "_") or "_", fold=str.casefold, max_bytes=1 << 16
)
_TYPES = {
    "SMALLINT": "SMALLINT",
    "INTEGER": "INTEGER",
    "BIGINT": "BIGINT",
    "INT128": "HUGEINT",
    "FLOAT": "FLOAT",
    "DOUBLE PRECISION": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP": "TIMESTAMP",
}
_MAX_DIGITS = 38
# In bytes: DuckDB's default limit of a line, and the highest limit that a script sets, because
# DuckDB allocates a buffer of that size
_DEFAULT_LINE, _MAX_LINE = 2_000_000, 512_000_000


def statements(tables: Sequence[TargetTable], load: bool) -> Iterator[str]:
    """The statements in order; `load` replaces tables of the same names and loads the rows."""
    yield "BEGIN;"
    for table in tables:
        yield _create(table, load)
        if load:
            yield _insert(table)
        yield from _comments(table)
    yield "COMMIT;"
    for table in tables:
        for key in table.foreign_keys:
            yield f"-- {quoted(table.name)}: {reference(key)}".replace("\n", " ")


def column_type(column: TargetColumn) -> str:
    if column.is_array or column.is_zoned:
        return "VARCHAR"
    if column.is_binary:
        return "UUID" if column.encoding == "uuid" else "BLOB"
    if column.base_type in ("NUMERIC", "DECIMAL"):
        digits = _MAX_DIGITS if column.stored_digits is None else column.stored_digits
        digits = max(min(digits, _MAX_DIGITS), column.scale)
        return f"DECIMAL({digits}, {column.scale})" if column.stored_digits != 0 else "DOUBLE"
    return _TYPES.get(column.base_type, "VARCHAR")


def _create(table: TargetTable, load: bool) -> str:
    # rows that are older than a NOT NULL column may have NULL in it
    lines = [
        f"  {quoted(column.name)} {column_type(column)}"
        + (" NOT NULL" if column.is_required and not load else "")
        for column in table.columns
    ]
    if key := table.primary_key:
        lines.append(f"  PRIMARY KEY ({quoted_list(key.columns)})")
    lines += [f"  UNIQUE ({quoted_list(key.columns)})" for key in table.unique_keys]
    create = "CREATE OR REPLACE TABLE" if load else "CREATE TABLE"
    return f"{create} {quoted(table.name)} (\n" + ",\n".join(lines) + "\n);"


def _insert(table: TargetTable) -> str:
    head = f"INSERT INTO {quoted(table.name)}"
    if table.is_parquet:
        paths = ", ".join(literal(_pattern(path)) for path in table.paths)
        return f"{head} SELECT * FROM read_parquet([{paths}]);"
    values = ", ".join(_value(column) for column in table.columns)
    return f"{head}\n  SELECT {values}\n  FROM {_read_csv(table)};"


def _value(column: TargetColumn) -> str:
    name = quoted(column.name)
    if column.is_binary and column.encoding == "hex":
        return f"unhex({name})"
    if column.is_binary and column.encoding == "base64":
        return f"from_base64({name})"
    return name


def _read_csv(table: TargetTable) -> str:
    types = ", ".join(
        f"{literal(column.name)}: "
        + literal("VARCHAR" if column.is_binary else column_type(column))
        for column in table.columns
    )
    quoted_nulls = len(table.columns) == 1 and not table.columns[0].is_required
    # a line can be as long as the file: large blobs make lines of many megabytes
    line = min(table.size, _MAX_LINE)
    long_lines = f", max_line_size = {line}, buffer_size = {line}" if line > _DEFAULT_LINE else ""
    return (
        f"read_csv({literal(_pattern(table.paths[0]))}, columns = {{{types}}},\n"
        "  header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', allow_quoted_nulls = {str(quoted_nulls).lower()}{long_lines})"
    )


def _pattern(path: str) -> str:
    """A pattern that matches only this path; after ./ a tilde is not the home folder."""
    return "./" + path.replace("[", "[[]")


def _comments(table: TargetTable) -> Iterator[str]:
    if table.description:
        yield f"COMMENT ON TABLE {quoted(table.name)} IS {literal(table.description)};"
    for column in table.columns:
        if description := column.field.get("description"):
            name = f"{quoted(table.name)}.{quoted(column.name)}"
            yield f"COMMENT ON COLUMN {name} IS {literal(description)};"
