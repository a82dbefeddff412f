"""Statements for PostgreSQL; those that load are for psql, which sends the files itself.

All statements are one transaction. Keys and NOT NULL are added after the rows; one that the rows
violate is left out with a warning of the server.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from gdb_export.ddl.sql import NotLoadable, literal, quoted, quoted_list, reference
from gdb_export.ddl.tables import NameRules, TargetColumn, TargetKey, TargetTable

# A line of psql's \copy can't hold line breaks
RULES = NameRules(
    clean=lambda name: re.sub(r"[\x00-\x1f\x7f]", "_", name) or "_",
    fold=lambda name: name,
    max_bytes=63,
    shares_names=True,
)
_TYPES = {
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "INT128": "numeric(39)",
    "FLOAT": "real",
    "DOUBLE PRECISION": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
}
_DECODED = {"hex": "bytea", "base64": "bytea", "uuid": "uuid"}


def statements(tables: Sequence[TargetTable], load: bool) -> Iterator[str]:
    """The statements in order; `load` replaces tables of the same names and loads the rows."""
    if load and any(table.is_parquet for table in tables):
        raise NotLoadable("PostgreSQL reads no Parquet: export CSVs to load them")
    yield "BEGIN;"
    if load:
        yield "SET LOCAL client_min_messages = warning;"
        # without CASCADE: a view that somebody made on a table stays, and stops the load
        for table in tables:
            for key in table.foreign_keys:
                yield (
                    f"ALTER TABLE IF EXISTS {quoted(table.name)}"
                    f" DROP CONSTRAINT IF EXISTS {quoted(key.name)};"
                )
        for table in tables:
            yield f"DROP TABLE IF EXISTS {quoted(table.name)};"
    for table in tables:
        yield _create(table, load)
        if load:
            yield _copy(table)
            yield from _decode(table)
        yield from _comments(table)
    for constraint in _constraints(tables):
        yield _lenient(constraint) if load else f"{constraint};"
    yield "COMMIT;"


def column_type(column: TargetColumn) -> str:
    if column.is_array or column.is_zoned:
        return "text"
    if column.is_binary:
        return _DECODED.get(column.encoding, "bytea")
    if column.base_type in ("NUMERIC", "DECIMAL"):
        digits = column.stored_digits
        return f"numeric({digits}, {column.scale})" if digits else "numeric"
    if (
        column.base_type in ("CHAR", "VARCHAR")
        and column.size
        and "FSS" not in column.firebird_type
    ):
        return f"varchar({column.size})"
    return _TYPES.get(column.base_type, "text")


def _create(table: TargetTable, load: bool) -> str:
    columns = [
        f"  {quoted(column.name)} " + ("text" if load and column.is_binary else column_type(column))
        for column in table.columns
    ]
    return f"CREATE TABLE {quoted(table.name)} (\n" + ",\n".join(columns) + "\n);"


def _copy(table: TargetTable) -> str:
    # PostgreSQL's text can't hold NUL characters
    command = literal(f"tr -d '\\000' < {shlex.quote('./' + table.paths[0])}")
    # in a table of one column, "" is NULL too
    first = table.columns[0]
    is_null = len(table.columns) == 1 and not first.is_required
    nulls = f", FORCE_NULL ({quoted(first.name)})" if is_null else ""
    return (
        f"\\copy {quoted(table.name)} FROM PROGRAM {command}"
        f" WITH (FORMAT csv, HEADER true, ENCODING 'UTF8'{nulls})"
    )


def _decode(table: TargetTable) -> Iterator[str]:
    """Turn the texts of binary columns into bytes."""
    for column in table.columns:
        if not column.is_binary:
            continue
        name, new_type = quoted(column.name), _DECODED.get(column.encoding, "bytea")
        value = f"{name}::uuid" if new_type == "uuid" else f"decode({name}, '{column.encoding}')"
        yield (
            f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {name} TYPE {new_type} USING {value};"
        )


def _comments(table: TargetTable) -> Iterator[str]:
    if table.description:
        yield f"COMMENT ON TABLE {quoted(table.name)} IS {_text(table.description)};"
    for column in table.columns:
        if description := column.field.get("description"):
            name = f"{quoted(table.name)}.{quoted(column.name)}"
            yield f"COMMENT ON COLUMN {name} IS {_text(description)};"


def _text(text: str) -> str:
    return literal(text.replace("\0", ""))


def _constraints(tables: Sequence[TargetTable]) -> Iterator[str]:
    """ALTER TABLE statements without the final `;`. Foreign keys come last, after the keys that
    they refer to."""
    for table in tables:
        alter = f"ALTER TABLE {quoted(table.name)}"
        for column in table.columns:
            if column.is_required:
                yield f"{alter} ALTER COLUMN {quoted(column.name)} SET NOT NULL"
        add = f"{alter} ADD"
        if key := table.primary_key:
            yield f"{add}{_name(key)} PRIMARY KEY ({quoted_list(key.columns)})"
        for key in table.unique_keys:
            yield f"{add}{_name(key)} UNIQUE ({quoted_list(key.columns)})"
    for table in tables:
        for key in table.foreign_keys:
            yield (
                f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT {quoted(key.name)}"
                f" {reference(key)}"
            )


def _name(key: TargetKey) -> str:
    """The clause that names a key; none for names of Firebird's own, of which each database has the
    same."""
    return "" if key.name.startswith("INTEG_") else f" CONSTRAINT {quoted(key.name)}"


def _lenient(constraint: str) -> str:
    """The statement in a block that turns its failure into a warning."""
    failure = "EXCEPTION WHEN OTHERS THEN RAISE WARNING 'left out: %', SQLERRM;"
    return f"DO {literal(f'BEGIN {constraint}; {failure} END')};"
