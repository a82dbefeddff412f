"""Domains and tables: their statements, in the order of the catalogue."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import TableKind, select_order, table_kind
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA, QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.firebird.values.value_types import Value
from gdb_export.schema_sql.catalogue import ANONYMOUS, SchemaCatalogue, is_users, words_of
from gdb_export.schema_sql.field_types import difference, is_derived
from gdb_export.schema_sql.identities import Identity, read_identities
from gdb_export.schema_sql.statements import Statement, left_out, literal, note

_PRESERVE_ROWS = 4  # RDB$RELATION_TYPE
_SECURITY = {True: "DEFINER", False: "INVOKER"}


class Table(NamedTuple):
    """A row of RDB$RELATIONS and its columns in the order of SELECT *."""

    name: QualifiedName
    kind: TableKind
    row: Row
    columns: tuple[Row, ...]


class Tables:
    """The users' tables and views, and the statements that create domains and tables."""

    def __init__(self, catalogue: SchemaCatalogue) -> None:
        self._catalogue = catalogue
        self._sql = catalogue.sql
        self._late_checks: list[Statement] = []

    @cached_property
    def all(self) -> tuple[Table, ...]:
        columns: defaultdict[QualifiedName, list[Row]] = defaultdict(list)
        for row in self._catalogue.texts.rows(
            "RELATION_FIELDS",
            *("FIELD_NAME", "RELATION_NAME", "FIELD_SOURCE", "FIELD_POSITION", "FIELD_ID"),
            *("NULL_FLAG", "DEFAULT_SOURCE", "DESCRIPTION", "COLLATION_ID", "IDENTITY_TYPE"),
            *("GENERATOR_NAME", "SCHEMA_NAME", "FIELD_SOURCE_SCHEMA_NAME", "PACKAGE_NAME"),
        ):
            if string(row, "SCHEMA_NAME") != SYSTEM_SCHEMA:
                columns[name_of(row, "RELATION_NAME")].append(row)
        rows = self._catalogue.texts.rows(
            "RELATIONS",
            *("RELATION_NAME", "SYSTEM_FLAG", "DESCRIPTION", "VIEW_SOURCE", "VIEW_BLR"),
            *("RELATION_TYPE", "EXTERNAL_FILE", "SQL_SECURITY", "SCHEMA_NAME", "PACKAGE_NAME"),
            *("RELATION_ID", "OWNER_NAME"),
        )
        major = self._catalogue.reader.ods[0]
        return tuple(
            Table(name, _kind(row), row, tuple(sorted(columns[name], key=_column_order(major))))
            for row in rows
            if is_users(row)
            for name in (name_of(row, "RELATION_NAME"),)
        )

    @property
    def tables(self) -> list[Table]:
        return [table for table in self.all if table.kind is not TableKind.VIEW]

    @property
    def views(self) -> list[Table]:
        return [table for table in self.all if table.kind is TableKind.VIEW]

    @cached_property
    def identities(self) -> dict[QualifiedName, Identity]:
        """The sequences of identity columns, by their name."""
        return read_identities(self._catalogue)

    def create_domains(self) -> Iterator[Statement]:
        for name, field in sorted(self._catalogue.fields.items()):
            if is_users(field) and not name.object.startswith(ANONYMOUS):
                yield self._domain(name, field)

    def late_domain_checks(self) -> Iterator[Statement]:
        """The checks of domains that use tables or programs."""
        yield from self._late_checks

    def _domain(self, name: QualifiedName, field: Row) -> Statement:
        texts = self._catalogue.texts
        shown = self._sql.qualified(name)
        try:
            parts = [f"CREATE DOMAIN {shown} AS {self._catalogue.type_of(name)}"]
        except Damage as damage:
            return left_out(f"the domain {name}: {damage.reason}")
        if default := default_clause(texts.text(field.get("DEFAULT_SOURCE"))):
            parts.append(default)
        if number(field, "NULL_FLAG"):
            parts.append("NOT NULL")
        if check := texts.text(field.get("VALIDATION_SOURCE")):
            if self._catalogue.needs_others(check):
                late = Statement(f"ALTER DOMAIN {shown} ADD CONSTRAINT {check}")
                self._late_checks.append(late)
            else:
                parts.append(check)
        return Statement("\n  ".join(parts) + self._catalogue.collation_of(field, None))

    def create_tables(self) -> Iterator[Statement]:
        for table in self.tables:
            yield from self._table(table)

    def _table(self, table: Table) -> Iterator[Statement]:
        if table.name.package:
            yield left_out(f"the table {table.name}, which belongs to a package")
            return
        columns = []
        for column in table.columns:
            name = f"{table.name}.{string(column, 'FIELD_NAME')}"
            try:
                columns.append(f"  {self._column(table, column)}")
            except Damage as damage:
                yield left_out(f"the column {name}: {damage.reason}")
            field = self._catalogue.fields.get(field_source(column), {})
            if reason := difference(field, self._catalogue.dialect):
                yield note(f"the type of {name}: {reason}")
        if not columns:
            yield left_out(f"the table {table.name}, which has no columns")
            return
        is_temporary = table.kind is TableKind.TEMPORARY
        kind = "GLOBAL TEMPORARY TABLE" if is_temporary else "TABLE"
        external = string(table.row, "EXTERNAL_FILE")
        file = f" EXTERNAL FILE {literal(external)}" if external else ""
        end = ""
        if is_temporary:
            preserves = number(table.row, "RELATION_TYPE") == _PRESERVE_ROWS
            end = f" ON COMMIT {'PRESERVE' if preserves else 'DELETE'} ROWS"
        if security := security_clause(table.row):
            end += f"{',' if end else ''} {security}"
        body = ",\n".join(columns)
        yield Statement(f"CREATE {kind} {self._sql.qualified(table.name)}{file} (\n{body}\n){end}")

    def _column(self, table: Table, column: Row) -> str:
        """The definition of a column. Raises Damage if it has no type that SQL has."""
        texts = self._catalogue.texts
        name, source = self._sql.name(string(column, "FIELD_NAME")), field_source(column)
        field = self._catalogue.fields.get(source, {})
        if has_content(field.get("COMPUTED_BLR")):
            type_ = self._catalogue.type_of(source)
            expression = texts.text(field.get("COMPUTED_SOURCE"))
            if not expression:
                raise Damage("it is computed, and its source is lost")
            if self._is_late(table, column, expression):
                expression = f"(CAST(NULL AS {type_}))"
            return f"{name} {self._computed_type(source)}COMPUTED BY {_in_parentheses(expression)}"
        parts = [name]
        if is_anonymous(source):
            parts.append(self._catalogue.type_of(source))
            collation = self._catalogue.collation_of(field, number(column, "COLLATION_ID"))
        else:
            parts.append(self._sql.qualified(source))
            collation = self._own_collation(column, field)
        if identity := self._identity(column):
            parts.append(identity)
        elif default := default_clause(texts.text(column.get("DEFAULT_SOURCE"))):
            parts.append(default)
        if number(column, "NULL_FLAG"):
            parts.append(self._not_null(column))
        return " ".join(parts) + collation

    def _computed_type(self, source: QualifiedName) -> str:
        """The type before COMPUTED BY; "" where the expression must give it."""
        field = self._catalogue.fields[source]
        type_ = self._catalogue.type_of(source)
        return "" if type_.startswith("BLOB") or is_derived(field) else f"{type_} "

    def _is_late(self, table: Table, column: Row, expression: str) -> bool:
        """Whether a computed column uses tables, programs, or columns that follow it."""
        if self._catalogue.needs_others(expression):
            return True
        positions = self._positions[table.name]
        own = positions[string(column, "FIELD_NAME").upper()]
        return any(positions.get(word, own) > own for word in words_of(expression))

    @cached_property
    def _positions(self) -> dict[QualifiedName, dict[str, int]]:
        """The positions of the columns of each table, by their names in upper case."""
        return {
            table.name: {
                string(column, "FIELD_NAME").upper(): position
                for position, column in enumerate(table.columns)
            }
            for table in self.tables
        }

    def _own_collation(self, column: Row, domain: Row) -> str:
        own = number(column, "COLLATION_ID")
        if own is None or own == (number(domain, "COLLATION_ID") or 0):
            return ""
        return self._catalogue.collation_of(domain, own)

    def _identity(self, column: Row) -> str:
        schema = string(column, "SCHEMA_NAME")
        name = QualifiedName(string(column, "GENERATOR_NAME"), schema)
        if number(column, "IDENTITY_TYPE") is None or name not in self.identities:
            return ""
        return self.identities[name].clause(number(column, "IDENTITY_TYPE"))

    @cached_property
    def _not_null_names(self) -> dict[tuple[QualifiedName, str], str]:
        """The names that users gave to NOT NULL constraints, by table and column."""
        texts = self._catalogue.texts
        columns = {
            name_of(row, "CONSTRAINT_NAME"): string(row, "TRIGGER_NAME")
            for row in texts.rows(
                "CHECK_CONSTRAINTS", "CONSTRAINT_NAME", "TRIGGER_NAME", "SCHEMA_NAME"
            )
        }
        fields = ("CONSTRAINT_NAME", "CONSTRAINT_TYPE", "RELATION_NAME", "SCHEMA_NAME")
        return {
            (name_of(row, "RELATION_NAME"), columns[name_of(row, "CONSTRAINT_NAME")]): string(
                row, "CONSTRAINT_NAME"
            )
            for row in texts.rows("RELATION_CONSTRAINTS", *fields)
            if string(row, "CONSTRAINT_TYPE") == "NOT NULL"
            and name_of(row, "CONSTRAINT_NAME") in columns
            and not is_generated_name(string(row, "CONSTRAINT_NAME"))
        }

    def _not_null(self, column: Row) -> str:
        key = name_of(column, "RELATION_NAME"), string(column, "FIELD_NAME")
        name = self._not_null_names.get(key, "")
        return f"CONSTRAINT {self._sql.name(name)} NOT NULL" if name else "NOT NULL"

    def late_columns(self) -> Iterator[Statement]:
        """The computed columns that use tables or programs; they were created as NULL."""
        texts = self._catalogue.texts
        for table in self.tables:
            for column in table.columns:
                field = self._catalogue.fields.get(field_source(column), {})
                expression = texts.text(field.get("COMPUTED_SOURCE"))
                if not expression or not self._is_late(table, column, expression):
                    continue
                name = self._sql.name(string(column, "FIELD_NAME"))
                try:
                    type_ = self._computed_type(field_source(column))
                except Damage:
                    continue  # a comment where the table is created names the column
                words = f"TYPE {type_}" if type_ else ""
                yield Statement(
                    f"ALTER TABLE {self._sql.qualified(table.name)} ALTER COLUMN {name}"
                    f" {words}COMPUTED BY {_in_parentheses(expression)}"
                )

    def restart_identities(self) -> Iterator[Statement]:
        """The next values of identity columns whose sequences have been used."""
        for table in self.tables:
            for column in table.columns:
                schema = string(column, "SCHEMA_NAME")
                name = QualifiedName(string(column, "GENERATOR_NAME"), schema)
                identity = self.identities.get(name)
                if number(column, "IDENTITY_TYPE") is None or identity is None:
                    continue
                target = f"{self._sql.qualified(table.name)}"
                column_name = self._sql.name(string(column, "FIELD_NAME"))
                if identity.value is None:
                    yield left_out(f"the value of the identity column {table.name}.{column_name}")
                elif identity.value != identity.initial - identity.increment:
                    yield Statement(
                        f"ALTER TABLE {target} ALTER COLUMN {column_name}"
                        f" RESTART WITH {identity.value + identity.increment}"
                    )


def field_source(column: Row) -> QualifiedName:
    """The domain of a column or parameter."""
    return name_of(column, "FIELD_SOURCE", "FIELD_SOURCE_SCHEMA_NAME")


def is_anonymous(name: QualifiedName) -> bool:
    return name.object.startswith(ANONYMOUS) and name.schema != SYSTEM_SCHEMA


def is_generated_name(name: str) -> bool:
    """Whether the engine chose the name of a constraint."""
    return name.startswith("INTEG_")


def security_clause(row: Row) -> str:
    """SQL SECURITY DEFINER or INVOKER; "" if the object does not say."""
    security = row.get("SQL_SECURITY")
    return "" if security is None else f"SQL SECURITY {_SECURITY[bool(security)]}"


def has_content(value: Value) -> bool:
    """Whether a blob of the catalogue is neither NULL nor empty."""
    return isinstance(value, bytes) and has_blob(value)


def default_clause(source: str) -> str:
    """The default as `DEFAULT …`; parameters may have `= …`."""
    return f"DEFAULT {source[1:].lstrip()}" if source.startswith("=") else source


def _in_parentheses(expression: str) -> str:
    return expression if expression.startswith("(") else f"({expression})"


def _kind(row: Row) -> TableKind:
    is_view = row.get("VIEW_BLR") is not None or row.get("VIEW_SOURCE") is not None
    relation_type = row.get("RELATION_TYPE")
    known_type = relation_type if isinstance(relation_type, (int, str)) else None
    is_external = bool(string(row, "EXTERNAL_FILE"))
    return table_kind(is_view, is_external, known_type, bool(string(row, "PACKAGE_NAME")))


def _column_order(ods_major: int) -> Callable[[Row], tuple[bool, int, int]]:
    def order(row: Row) -> tuple[bool, int, int]:
        position, field_id = number(row, "FIELD_POSITION"), number(row, "FIELD_ID") or 0
        return select_order(position, field_id, ods_major)

    return order
