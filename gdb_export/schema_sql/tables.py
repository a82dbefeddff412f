"""Domains and tables."""

from collections.abc import Iterator, Sequence

from gdb_export.firebird.catalogue.columns import TableKind
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users
from gdb_export.schema_sql.columns import Columns, default_clause
from gdb_export.schema_sql.field_types import difference
from gdb_export.schema_sql.relations import Table, field_source, is_anonymous, security_clause
from gdb_export.schema_sql.statements import Statement, left_out, literal, note

_PRESERVE_ROWS = 4  # RDB$RELATION_TYPE


class Domains:
    """The statements that create the domains that users named."""

    def __init__(self, catalogue: SchemaCatalogue) -> None:
        self._catalogue = catalogue
        self._late_checks: list[Statement] = []

    def create(self) -> Iterator[Statement]:
        for name, field in sorted(self._catalogue.fields.items()):
            if is_users(field) and not is_anonymous(name):
                yield self._domain(name, field)

    def late_checks(self) -> Iterator[Statement]:
        """The checks that use tables or programs; after `create`."""
        yield from self._late_checks

    def _domain(self, name: QualifiedName, field: Row) -> Statement:
        texts = self._catalogue.texts
        shown = self._catalogue.sql.qualified(name)
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


def create_tables(
    catalogue: SchemaCatalogue, tables: Sequence[Table], columns: Columns
) -> Iterator[Statement]:
    """The tables in the order of the catalogue, without keys and other constraints."""
    for table in tables:
        if not table.name.package:  # the source of a package creates its tables
            yield from _create(catalogue, table, columns)


def _create(catalogue: SchemaCatalogue, table: Table, columns: Columns) -> Iterator[Statement]:
    definitions = []
    for column in table.columns:
        name = f"{table.name}.{string(column, 'FIELD_NAME')}"
        try:
            definitions.append(f"  {columns.definition(table, column)}")
        except Damage as damage:
            yield left_out(f"the column {name}: {damage.reason}")
        if number(column, "ENCRYPTION_ID"):
            yield note(f"the column {name} was encrypted (InterBase)")
        field = catalogue.fields.get(field_source(column), {})
        if reason := difference(field, catalogue.dialect):
            yield note(f"the type of {name}: {reason}")
    if not definitions:
        yield left_out(f"the table {table.name}, which has no columns")
        return
    is_temporary = table.kind is TableKind.TEMPORARY
    kind = "GLOBAL TEMPORARY TABLE" if is_temporary else "TABLE"
    external = string(table.row, "EXTERNAL_FILE")
    file = f" EXTERNAL FILE {literal(external)}" if external else ""
    name, body = catalogue.sql.qualified(table.name), ",\n".join(definitions)
    yield Statement(f"CREATE {kind} {name}{file} (\n{body}\n){_table_options(table)}")


def _table_options(table: Table) -> str:
    """The clauses after the columns, with a space before them."""
    options = []
    if table.kind is TableKind.TEMPORARY:
        preserves = number(table.row, "RELATION_TYPE") == _PRESERVE_ROWS
        options.append(f" ON COMMIT {'PRESERVE' if preserves else 'DELETE'} ROWS")
    if security := security_clause(table.row):
        options.append(f" {security}")
    return ",".join(options)
