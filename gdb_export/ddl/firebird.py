"""Statements for Firebird: tables, keys, checks, indices and comments in its own dialect."""

from collections.abc import Iterator, Sequence

from gdb_export.ddl.sql import NotLoadable, literal, quoted, quoted_list, reference
from gdb_export.ddl.tables import NameRules, TargetColumn, TargetTable
from gdb_export.schema_sql.statements import is_one_statement

_SHOWN = 60  # characters of a statement that a comment shows
RULES = NameRules(
    clean=lambda name: name or "_", fold=lambda name: name, max_bytes=252, shares_names=False
)


def statements(tables: Sequence[TargetTable], load: bool) -> Iterator[str]:
    """The statements in order. Raises NotLoadable: Firebird has no statement that reads a CSV."""
    if load:
        raise NotLoadable("Firebird has no statement that loads a CSV: leave --load out")
    for statement in _statements(tables):
        yield statement if is_one_statement(statement.removesuffix(";")) else _left_out(statement)


def _left_out(statement: str) -> str:
    """A comment in place of a statement whose source would change what follows it."""
    shown = " ".join(statement[:_SHOWN].split())
    return f"-- not created: {shown} …: its source has an open literal or comment, or several parts"


def _statements(tables: Sequence[TargetTable]) -> Iterator[str]:
    for table in tables:
        yield _create(table)
    for table in tables:
        alter = f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT"
        if key := table.primary_key:
            yield f"{alter} {quoted(key.name)} PRIMARY KEY ({quoted_list(key.columns)});"
        for key in table.unique_keys:
            yield f"{alter} {quoted(key.name)} UNIQUE ({quoted_list(key.columns)});"
    for table in tables:
        for key in table.foreign_keys:
            alter = f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT"
            yield f"{alter} {quoted(key.name)} {reference(key)};"
    for table in tables:
        yield from _checks(table)
        yield from _indices(table)
        yield from _comments(table)


def _create(table: TargetTable) -> str:
    columns = [f"  {quoted(column.name)} {_definition(column)}" for column in table.columns]
    return f"CREATE TABLE {quoted(table.name)} (\n" + ",\n".join(columns) + "\n);"


def _definition(column: TargetColumn) -> str:
    if computed := column.field.get("x-computed-source"):
        return f"COMPUTED BY {computed if computed.startswith('(') else f'({computed})'}"
    parts = [_array_type(column) if column.is_array else column.firebird_type]
    if identity := column.field.get("x-identity"):
        parts.append(f"GENERATED {identity} AS IDENTITY")
    elif default := column.field.get("x-default"):
        parts.append(f"DEFAULT {default[1:]}" if default.startswith("=") else default)
    if column.is_required:
        parts.append("NOT NULL")
    if collation := column.field.get("x-collation"):
        parts.append(f"COLLATE {quoted(collation)}")
    return " ".join(parts)


def _array_type(column: TargetColumn) -> str:
    """The type of an array: the bounds follow the type of the elements and precede its character
    set. Manifests of older versions do not have the type of the elements."""
    element = column.field.get("x-element-type")
    if element is None:
        array = f"/* an {column.firebird_type} of unknown elements */"
        return f"BLOB SUB_TYPE TEXT CHARACTER SET UTF8 {array}"
    name, separator, charset = element.partition(" CHARACTER SET ")
    return f"{name}{column.firebird_type.removeprefix('ARRAY ')}{separator}{charset}"


def _checks(table: TargetTable) -> Iterator[str]:
    for check in table.resource.get("x-checks", []):
        yield (
            f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT {quoted(check['name'])}"
            f" {check['source']};"
        )


def _indices(table: TargetTable) -> Iterator[str]:
    """The indices that no constraint makes."""
    keys = [table.primary_key, *table.unique_keys, *table.foreign_keys]
    names_of_keys = {key.name for key in keys if key is not None}
    for index in table.resource.get("x-indices", []):
        columns = tuple(index.get("fields", ()))
        if index["name"].startswith("RDB$") or index["name"] in names_of_keys:
            continue
        words = ["UNIQUE "] * index.get("unique", False)
        words += ["DESCENDING "] * index.get("descending", False)
        what = f"({quoted_list(columns)})" if columns else f"COMPUTED BY {index['expression']}"
        condition = f" {index['condition']}" if "condition" in index else ""
        name = quoted(index["name"])
        yield f"CREATE {''.join(words)}INDEX {name} ON {quoted(table.name)} {what}{condition};"
        if index.get("inactive"):
            yield f"ALTER INDEX {name} INACTIVE;"


def _comments(table: TargetTable) -> Iterator[str]:
    if table.description:
        yield f"COMMENT ON TABLE {quoted(table.name)} IS {literal(table.description)};"
    for column in table.columns:
        if description := column.field.get("description"):
            name = f"{quoted(table.name)}.{quoted(column.name)}"
            yield f"COMMENT ON COLUMN {name} IS {literal(description)};"
