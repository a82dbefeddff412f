"""Columns: their definitions in CREATE TABLE, and the statements that complete them later."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, words_of
from gdb_export.schema_sql.field_types import is_derived
from gdb_export.schema_sql.relations import (
    Table,
    field_source,
    has_content,
    is_anonymous,
    is_generated_name,
)
from gdb_export.schema_sql.sequences import Identity, read_identities
from gdb_export.schema_sql.statements import Statement, left_out


class Columns:
    """The columns of tables as SQL.

    A computed column that uses tables, programs or columns that follow it is created as NULL, and
    gets its expression when everything else exists.
    """

    def __init__(self, catalogue: SchemaCatalogue, tables: Sequence[Table]) -> None:
        self._catalogue = catalogue
        self._sql = catalogue.sql
        self._tables = tables
        self._positions = {table.name: table.positions() for table in tables}

    def definition(self, table: Table, column: Row) -> str:
        """The definition of a column. Raises Damage if it can't be created."""
        texts = self._catalogue.texts
        source = field_source(column)
        field = self._catalogue.fields.get(source, {})
        if has_content(field.get("COMPUTED_BLR")):
            return self._computed(table, column)
        parts = [self._sql.name(string(column, "FIELD_NAME"))]
        own_collation = number(column, "COLLATION_ID")
        if is_anonymous(source):
            parts.append(self._catalogue.type_of(source))
            collation = self._catalogue.collation_of(field, own_collation)
        else:
            parts.append(self._sql.qualified(source))
            collation = self._catalogue.changed_collation(field, own_collation)
        if identity := self._identity(column):
            parts.append(identity.clause(number(column, "IDENTITY_TYPE")))
        elif default := default_clause(texts.text(column.get("DEFAULT_SOURCE"))):
            parts.append(default)
        if number(column, "NULL_FLAG"):
            parts.append(self._not_null(column))
        return " ".join(parts) + collation

    def late_expressions(self) -> Iterator[Statement]:
        """The expressions of the computed columns that were created as NULL."""
        for table in self._tables:
            for column in table.columns:
                field = self._catalogue.fields.get(field_source(column), {})
                expression = self._catalogue.texts.text(field.get("COMPUTED_SOURCE"))
                if not expression or not self._is_late(table, column, expression):
                    continue
                try:
                    type_ = self._computed_type(column)
                except Damage:
                    continue  # a comment where the table is created names the column
                name = self._sql.name(string(column, "FIELD_NAME"))
                words = f"TYPE {type_}" if type_ else ""
                yield Statement(
                    f"ALTER TABLE {self._sql.qualified(table.name)} ALTER COLUMN {name}"
                    f" {words}COMPUTED BY {_in_parentheses(expression)}"
                )

    def restart_identities(self) -> Iterator[Statement]:
        """The next values of identity columns whose sequences have been used."""
        for table in self._tables:
            for column in table.columns:
                identity = self._identity(column)
                if identity is None:
                    continue
                name = self._sql.name(string(column, "FIELD_NAME"))
                if identity.value is None:
                    yield left_out(f"the value of the identity column {table.name}.{name}")
                elif identity.value != identity.initial - identity.increment:
                    yield Statement(
                        f"ALTER TABLE {self._sql.qualified(table.name)} ALTER COLUMN {name}"
                        f" RESTART WITH {identity.value + identity.increment}"
                    )

    def _computed(self, table: Table, column: Row) -> str:
        source = field_source(column)
        field = self._catalogue.fields[source]
        expression = self._catalogue.texts.text(field.get("COMPUTED_SOURCE"))
        if not expression:
            raise Damage("it is computed, and its source is lost")
        if self._is_late(table, column, expression):
            expression = f"(CAST(NULL AS {self._catalogue.type_of(source)}))"
        name = self._sql.name(string(column, "FIELD_NAME"))
        return f"{name} {self._computed_type(column)}COMPUTED BY {_in_parentheses(expression)}"

    def _computed_type(self, column: Row) -> str:
        """The type before COMPUTED BY; "" where the expression must give it."""
        source = field_source(column)
        type_ = self._catalogue.type_of(source)
        is_without = type_.startswith("BLOB") or is_derived(self._catalogue.fields[source])
        return "" if is_without else f"{type_} "

    def _is_late(self, table: Table, column: Row, expression: str) -> bool:
        """Whether a computed column uses tables, programs, or columns that follow it."""
        if self._catalogue.needs_others(expression):
            return True
        positions = self._positions[table.name]
        own = positions[string(column, "FIELD_NAME").upper()]
        return any(positions.get(word, own) > own for word in words_of(expression))

    @cached_property
    def _identities(self) -> dict[QualifiedName, Identity]:
        return read_identities(self._catalogue)

    def _identity(self, column: Row) -> Identity | None:
        if number(column, "IDENTITY_TYPE") is None:
            return None
        name = QualifiedName(string(column, "GENERATOR_NAME"), string(column, "SCHEMA_NAME"))
        return self._identities.get(name)

    @cached_property
    def _not_null_names(self) -> dict[tuple[QualifiedName, str], str]:
        """The names that users gave to NOT NULL constraints, by table and column."""
        texts = self._catalogue.texts
        fields = ("CONSTRAINT_NAME", "TRIGGER_NAME", "SCHEMA_NAME")
        columns = {
            name_of(row, "CONSTRAINT_NAME"): string(row, "TRIGGER_NAME")
            for row in texts.rows("CHECK_CONSTRAINTS", *fields)
        }
        names = {}
        fields = ("CONSTRAINT_NAME", "RELATION_NAME", "SCHEMA_NAME")
        for row in texts.rows("RELATION_CONSTRAINTS", "CONSTRAINT_TYPE", *fields):
            name = name_of(row, "CONSTRAINT_NAME")
            is_not_null = string(row, "CONSTRAINT_TYPE") == "NOT NULL" and name in columns
            if is_not_null and not is_generated_name(name.object):
                names[name_of(row, "RELATION_NAME"), columns[name]] = name.object
        return names

    def _not_null(self, column: Row) -> str:
        key = name_of(column, "RELATION_NAME"), string(column, "FIELD_NAME")
        name = self._not_null_names.get(key, "")
        return f"CONSTRAINT {self._sql.name(name)} NOT NULL" if name else "NOT NULL"


def default_clause(source: str) -> str:
    """The default as `DEFAULT …`; that of a column may be `= …`."""
    return f"DEFAULT {source[1:].lstrip()}" if source.startswith("=") else source


def _in_parentheses(expression: str) -> str:
    return expression if expression.startswith("(") else f"({expression})"
