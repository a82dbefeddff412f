"""Definitions as `inspect` shows them: as lines below a table's columns, and as JSON."""

from collections.abc import Iterator
from typing import Any

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.definitions.objects import ColumnDefinition, Index


def column_notes(definition: ColumnDefinition | None, is_nullable: bool) -> str:
    """The text after the type of a column: NOT NULL, default, expression, description."""
    found = definition or ColumnDefinition()
    notes = [
        "" if is_nullable else "NOT NULL",
        f"GENERATED {found.identity} AS IDENTITY" if found.identity else found.default,
        f"COMPUTED BY {found.computed}" if found.computed else "",
        f"-- {found.description}" if found.description else "",
    ]
    return " ".join(" ".join(note.split()) for note in notes if note)


def constraint_lines(definitions: Definitions, table: Table) -> Iterator[str]:
    """The keys, checks and indices of a table, each as one line."""
    found = definitions.constraints(table)
    if found.primary_key is not None:
        yield f"primary key ({', '.join(found.primary_key.columns)})"
    for key in found.unique_keys:
        yield f"unique ({', '.join(key.columns)})"
    for foreign in found.foreign_keys:
        target = f"{foreign.table} ({', '.join(foreign.referenced_columns)})"
        yield f"foreign key ({', '.join(foreign.columns)}) references {target}"
    for check in found.checks:
        yield " ".join(check.source.split())
    for index in found.indices:
        yield _index_line(index)


def _index_line(index: Index) -> str:
    words = [
        "unique" if index.is_unique else "",
        "descending" if index.is_descending else "",
        "index",
        index.name,
        f"({', '.join(index.columns)})" if index.columns else index.expression,
        index.condition,
        "" if index.is_active else "inactive",
    ]
    return " ".join(" ".join(word.split()) for word in words if word)


def table_fields(definitions: Definitions, table: Table) -> dict[str, Any]:
    """The definitions of a table for JSON; column definitions by name."""
    columns = definitions.columns(table)
    return {
        "description": definitions.description(table),
        "column_definitions": {name: column._asdict() for name, column in columns.items()},
        "constraints": _plain(definitions.constraints(table)),
    }


def database_fields(definitions: Definitions) -> dict[str, Any]:
    """The definitions of a database that belong to no table, for JSON."""
    return {
        "description": definitions.database_description,
        "domains": _plain(definitions.domains),
        "views": _plain(definitions.views),
        "programs": _plain(definitions.programs),
        "exceptions": _plain(definitions.exceptions),
        "sequences": _plain(definitions.sequences),
        "roles": _plain(definitions.roles),
        "grants": _plain(definitions.grants),
        "collations": _plain(definitions.collations),
    }


def programs_with_parameters(reader: DatabaseReader, definitions: Definitions) -> list[Any]:
    """Triggers, procedures, functions and packages for JSON; parameters in their order."""
    # imported late: docs/architecture.md
    from gdb_export.schema_sql.catalogue import SchemaCatalogue
    from gdb_export.schema_sql.parameters import shown_parameters

    parameters = shown_parameters(SchemaCatalogue(reader, definitions.damage))
    return [
        _plain(program) | _given("parameters", parameters.get((program.kind, program.name), []))
        for program in definitions.programs
    ]


def _given(key: str, values: list[Any]) -> dict[str, Any]:
    return {key: values} if values else {}


def _plain(value: Any) -> Any:
    """Named tuples as dictionaries, qualified names as texts."""
    if isinstance(value, QualifiedName):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
