"""Functions of libraries (UDFs) and BLOB filters."""

from collections.abc import Iterator

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users
from gdb_export.schema_sql.field_types import sql_type
from gdb_export.schema_sql.parameters import ParameterReader
from gdb_export.schema_sql.statements import Statement, left_out, literal

# By the absolute value of RDB$MECHANISM: how an argument is passed
_MECHANISMS = {
    0: " BY VALUE",
    1: "",
    2: " BY DESCRIPTOR",
    3: "",
    4: " BY SCALAR_ARRAY",
    5: " NULL",
}


def declare_functions(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The users' UDFs in name order."""
    arguments = ParameterReader(catalogue).of_functions()
    rows = catalogue.texts.rows(
        "FUNCTIONS",
        *("FUNCTION_NAME", "MODULE_NAME", "ENTRYPOINT", "RETURN_ARGUMENT", "SYSTEM_FLAG"),
        *("SCHEMA_NAME", "PACKAGE_NAME"),
    )
    users = [row for row in rows if is_users(row) and string(row, "MODULE_NAME")]
    for row in sorted(users, key=lambda row: name_of(row, "FUNCTION_NAME")):
        name = name_of(row, "FUNCTION_NAME")
        try:
            yield _declaration(catalogue, name, row, arguments.get(name, ()))
        except Damage as damage:
            yield left_out(f"the function {name}: {damage.reason}")


def _declaration(
    catalogue: SchemaCatalogue, name: QualifiedName, row: Row, arguments: tuple[Row, ...]
) -> Statement:
    position = number(row, "RETURN_ARGUMENT") or 0
    inputs, returned = [], f"PARAMETER {position}" if position else ""
    for argument in arguments:
        mechanism = number(argument, "MECHANISM") or 0
        type_ = sql_type(argument, (), catalogue.dialect)
        if type_.startswith("BLOB"):
            type_ = "BLOB"
        passed = _MECHANISMS.get(abs(mechanism), "")
        if number(argument, "ARGUMENT_POSITION") == position and not position:
            # a value of SQL is passed by reference unless it is by value
            returned = f"{type_}{passed}{' FREE_IT' if mechanism < 0 else ''}"
        else:
            inputs.append(f"{type_}{'' if passed == ' BY VALUE' else passed}")
    if not returned:
        raise Damage("the type that it returns is lost")
    listed = f"\n  {', '.join(inputs)}" if inputs else ""
    return Statement(
        f"DECLARE EXTERNAL FUNCTION {catalogue.sql.qualified(name)}{listed}\n  RETURNS {returned}"
        f"\n  ENTRY_POINT {literal(string(row, 'ENTRYPOINT'))}"
        f" MODULE_NAME {literal(string(row, 'MODULE_NAME'))}"
    )


def declare_filters(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The users' BLOB filters in name order."""
    rows = catalogue.texts.rows(
        "FILTERS",
        *("FUNCTION_NAME", "MODULE_NAME", "ENTRYPOINT", "INPUT_SUB_TYPE", "OUTPUT_SUB_TYPE"),
        "SYSTEM_FLAG",
    )
    for row in sorted(rows, key=lambda row: string(row, "FUNCTION_NAME")):
        if not number(row, "SYSTEM_FLAG"):
            yield Statement(
                f"DECLARE FILTER {catalogue.sql.name(string(row, 'FUNCTION_NAME'))}"
                f" INPUT_TYPE {number(row, 'INPUT_SUB_TYPE') or 0}"
                f" OUTPUT_TYPE {number(row, 'OUTPUT_SUB_TYPE') or 0}"
                f" ENTRY_POINT {literal(string(row, 'ENTRYPOINT'))}"
                f" MODULE_NAME {literal(string(row, 'MODULE_NAME'))}"
            )
