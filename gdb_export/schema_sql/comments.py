"""Descriptions: COMMENT ON statements."""

from collections.abc import Iterator

from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import ANONYMOUS, SchemaCatalogue, is_users
from gdb_export.schema_sql.relations import Table
from gdb_export.schema_sql.statements import Statement, literal

# System table, the column with the name, and the words of COMMENT ON
_OBJECTS = (
    ("PROCEDURES", "PROCEDURE_NAME", "PROCEDURE"),
    ("FUNCTIONS", "FUNCTION_NAME", "FUNCTION"),
    ("PACKAGES", "PACKAGE_NAME", "PACKAGE"),
    ("TRIGGERS", "TRIGGER_NAME", "TRIGGER"),
    ("INDICES", "INDEX_NAME", "INDEX"),
    ("EXCEPTIONS", "EXCEPTION_NAME", "EXCEPTION"),
    ("GENERATORS", "GENERATOR_NAME", "SEQUENCE"),
    ("ROLES", "ROLE_NAME", "ROLE"),
    ("COLLATIONS", "COLLATION_NAME", "COLLATION"),
    ("FILTERS", "FUNCTION_NAME", "FILTER"),
)
# System table, the columns with the names of the routine and the parameter, and the words
_PARAMETERS = (
    ("PROCEDURE_PARAMETERS", "PROCEDURE_NAME", "PARAMETER_NAME", "PROCEDURE PARAMETER"),
    ("FUNCTION_ARGUMENTS", "FUNCTION_NAME", "ARGUMENT_NAME", "FUNCTION PARAMETER"),
)


def create_comments(catalogue: SchemaCatalogue, tables: tuple[Table, ...]) -> Iterator[Statement]:
    """The descriptions of the database and of all its objects."""
    sql = catalogue.sql
    row = next(catalogue.texts.rows("DATABASE", "DESCRIPTION"), {})
    yield from _comment(catalogue, "DATABASE", row)
    for name, field in sorted(catalogue.fields.items()):
        if is_users(field) and not name.object.startswith(ANONYMOUS):
            yield from _comment(catalogue, f"DOMAIN {sql.qualified(name)}", field)
    for table in tables:
        if table.name.package:
            continue
        words = "VIEW" if table.kind.name == "VIEW" else "TABLE"
        shown = sql.qualified(table.name)
        yield from _comment(catalogue, f"{words} {shown}", table.row)
        for column in table.columns:
            target = f"COLUMN {shown}.{sql.name(string(column, 'FIELD_NAME'))}"
            yield from _comment(catalogue, target, column)
    yield from _of_objects(catalogue)
    yield from _of_parameters(catalogue)


def _of_objects(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    for table, column, words in _OBJECTS:
        fields = ("DESCRIPTION", "SYSTEM_FLAG", "SCHEMA_NAME", "PACKAGE_NAME")
        rows = [row for row in catalogue.texts.rows(table, column, *fields) if _is_described(row)]
        for row in sorted(rows, key=lambda row: name_of(row, column)):
            name = name_of(row, column)
            if table == "PACKAGES":
                name = name._replace(package="")
            yield from _comment(catalogue, f"{words} {catalogue.sql.qualified(name)}", row)


def _of_parameters(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    for table, routine, column, words in _PARAMETERS:
        rows = catalogue.texts.rows(
            table, routine, column, "DESCRIPTION", "SYSTEM_FLAG", "SCHEMA_NAME", "PACKAGE_NAME"
        )
        described = [row for row in rows if _is_described(row) and string(row, column)]
        for row in sorted(described, key=lambda row: (name_of(row, routine), string(row, column))):
            shown = catalogue.sql.qualified(name_of(row, routine))
            target = f"{words} {shown}.{catalogue.sql.name(string(row, column))}"
            yield from _comment(catalogue, target, row)


def _is_described(row: Row) -> bool:
    is_of_engine = number(row, "SYSTEM_FLAG") or string(row, "SCHEMA_NAME") == SYSTEM_SCHEMA
    return row.get("DESCRIPTION") is not None and not is_of_engine


def _comment(catalogue: SchemaCatalogue, target: str, row: Row) -> Iterator[Statement]:
    if description := catalogue.texts.text(row.get("DESCRIPTION")):
        yield Statement(f"COMMENT ON {target} IS {literal(description)}")
