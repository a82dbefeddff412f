"""Tables and views with their columns, as rows of the catalogue."""

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import TableKind, select_order, table_kind
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA, QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.firebird.values.value_types import Value
from gdb_export.schema_sql.catalogue import ANONYMOUS, SchemaCatalogue, is_users

_SECURITY = {True: "DEFINER", False: "INVOKER"}


class Table(NamedTuple):
    """A row of RDB$RELATIONS and its columns in the order of SELECT *."""

    name: QualifiedName
    kind: TableKind
    row: Row
    columns: tuple[Row, ...]

    def positions(self) -> dict[str, int]:
        """The positions of the columns by their names in upper case."""
        return {
            string(column, "FIELD_NAME").upper(): position
            for position, column in enumerate(self.columns)
        }


def read_tables(catalogue: SchemaCatalogue) -> tuple[Table, ...]:
    """The users' tables and views in the order of the catalogue."""
    columns: defaultdict[QualifiedName, list[Row]] = defaultdict(list)
    for row in catalogue.texts.rows(
        "RELATION_FIELDS",
        *("FIELD_NAME", "RELATION_NAME", "FIELD_SOURCE", "FIELD_POSITION", "FIELD_ID"),
        *("NULL_FLAG", "DEFAULT_SOURCE", "DESCRIPTION", "COLLATION_ID", "IDENTITY_TYPE"),
        *("GENERATOR_NAME", "SCHEMA_NAME", "FIELD_SOURCE_SCHEMA_NAME", "PACKAGE_NAME"),
        "ENCRYPTION_ID",
    ):
        if string(row, "SCHEMA_NAME") != SYSTEM_SCHEMA:
            columns[name_of(row, "RELATION_NAME")].append(row)
    rows = catalogue.texts.rows(
        "RELATIONS",
        *("RELATION_NAME", "SYSTEM_FLAG", "DESCRIPTION", "VIEW_SOURCE", "VIEW_BLR"),
        *("RELATION_TYPE", "EXTERNAL_FILE", "SQL_SECURITY", "SCHEMA_NAME", "PACKAGE_NAME"),
        "OWNER_NAME",
    )
    order = _column_order(catalogue.reader.ods[0])
    return tuple(
        Table(name, _kind(row), row, tuple(sorted(columns[name], key=order)))
        for row in rows
        if is_users(row)
        for name in (name_of(row, "RELATION_NAME"),)
    )


def field_source(column: Row) -> QualifiedName:
    """The domain of a column or parameter."""
    return name_of(column, "FIELD_SOURCE", "FIELD_SOURCE_SCHEMA_NAME")


def is_anonymous(name: QualifiedName) -> bool:
    """Whether the engine made a domain for one column or parameter."""
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


def _kind(row: Row) -> TableKind:
    is_view = has_content(row.get("VIEW_BLR")) or has_content(row.get("VIEW_SOURCE"))
    relation_type = row.get("RELATION_TYPE")
    known_type = relation_type if isinstance(relation_type, (int, str)) else None
    is_external = bool(string(row, "EXTERNAL_FILE"))
    return table_kind(is_view, is_external, known_type, bool(string(row, "PACKAGE_NAME")))


def _column_order(ods_major: int) -> Callable[[Row], tuple[bool, int, int]]:
    def order(row: Row) -> tuple[bool, int, int]:
        position, field_id = number(row, "FIELD_POSITION"), number(row, "FIELD_ID") or 0
        return select_order(position, field_id, ods_major)

    return order
