"""Parameters of procedures and functions."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue
from gdb_export.schema_sql.field_types import sql_type
from gdb_export.schema_sql.relations import field_source, is_anonymous

_TYPE_OF = 1  # RDB$PARAMETER_MECHANISM and RDB$ARGUMENT_MECHANISM: TYPE OF the domain
_MAX_PARAMETERS = 1 << 15
_FIELDS = (
    *("FIELD_SOURCE", "FIELD_SOURCE_SCHEMA_NAME", "FIELD_NAME", "RELATION_NAME"),
    *("RELATION_SCHEMA_NAME", "DEFAULT_SOURCE", "COLLATION_ID", "NULL_FLAG", "DESCRIPTION"),
    *("SCHEMA_NAME", "PACKAGE_NAME"),
)


Shown = dict[str, str]


class Parameters(NamedTuple):
    """Input and output parameters of a procedure or function in their order."""

    inputs: tuple[Row, ...]
    outputs: tuple[Row, ...]


_NONE = Parameters((), ())


class ParameterReader:
    """The parameters of all procedures and functions, by name."""

    def __init__(self, catalogue: SchemaCatalogue) -> None:
        self.catalogue = catalogue

    def of_procedures(self) -> dict[QualifiedName, Parameters]:
        fields = ("PROCEDURE_NAME", "PARAMETER_NAME", "PARAMETER_NUMBER", "PARAMETER_TYPE")
        rows = self.catalogue.texts.rows(
            "PROCEDURE_PARAMETERS", *fields, "PARAMETER_MECHANISM", *_FIELDS
        )
        return _grouped(rows, "PROCEDURE_NAME", "PARAMETER_NUMBER", "PARAMETER_TYPE")

    def of_functions(self) -> dict[QualifiedName, tuple[Row, ...]]:
        """The arguments in the order of their positions; the returned value is one of them."""
        rows = self.catalogue.texts.rows(
            "FUNCTION_ARGUMENTS",
            *("FUNCTION_NAME", "ARGUMENT_NAME", "ARGUMENT_POSITION", "MECHANISM", "FIELD_TYPE"),
            *("FIELD_SCALE", "FIELD_LENGTH", "FIELD_SUB_TYPE", "CHARACTER_SET_ID"),
            *("FIELD_PRECISION", "ARGUMENT_MECHANISM", "CHARACTER_LENGTH"),
            *_FIELDS,
        )
        grouped = _grouped(rows, "FUNCTION_NAME", "ARGUMENT_POSITION", "")
        return {name: parameters.inputs for name, parameters in grouped.items()}

    def type_of(self, parameter: Row, mechanism: str) -> str:
        """The type of a parameter with NOT NULL and collation. Raises Damage if it has none."""
        source = field_source(parameter)
        field = self.catalogue.fields.get(source, {})
        sql = self.catalogue.sql
        relation, column = string(parameter, "RELATION_NAME"), string(parameter, "FIELD_NAME")
        collation = ""
        if relation and column:
            table = sql.qualified(
                QualifiedName(relation, string(parameter, "RELATION_SCHEMA_NAME"))
            )
            type_ = f"TYPE OF COLUMN {table}.{sql.name(column)}"
        elif is_anonymous(source):
            type_ = self.catalogue.type_of(source)
            collation = self.catalogue.collation_of(field, number(parameter, "COLLATION_ID"))
        else:
            words = "TYPE OF " if number(parameter, mechanism) == _TYPE_OF else ""
            type_ = f"{words}{sql.qualified(source)}"
            own = number(parameter, "COLLATION_ID")
            collation = self.catalogue.changed_collation(field, own)
        required = " NOT NULL" if number(parameter, "NULL_FLAG") else ""
        return f"{type_}{required}{collation}"

    def declared(self, parameter: Row, name: str, mechanism: str) -> str:
        """Name, type and default of a parameter. Raises Damage if it has no type."""
        source = self.catalogue.texts.text(parameter.get("DEFAULT_SOURCE"))
        default = f" {source}" if source else ""
        shown = self.catalogue.sql.name(string(parameter, name))
        return f"{shown} {self.type_of(parameter, mechanism)}{default}"


def shown_parameters(catalogue: SchemaCatalogue) -> dict[tuple[str, QualifiedName], list[Shown]]:
    """The parameters of procedures and functions as texts, by kind and name of the program."""
    reader = ParameterReader(catalogue)
    shown: dict[tuple[str, QualifiedName], list[Shown]] = {}
    for name, (inputs, outputs) in reader.of_procedures().items():
        shown["procedure", name] = [
            *(_shown(reader, row, "PARAMETER", "in") for row in inputs),
            *(_shown(reader, row, "PARAMETER", "out") for row in outputs),
        ]
    for name, arguments in reader.of_functions().items():
        shown["function", name] = [
            # the value that a function returns has no name
            _shown(reader, row, "ARGUMENT", "in" if string(row, "ARGUMENT_NAME") else "")
            for row in arguments
        ]
    return shown


def _shown(reader: ParameterReader, row: Row, prefix: str, direction: str) -> Shown:
    texts = reader.catalogue.texts
    try:
        if field_source(row).object:
            type_ = reader.type_of(row, f"{prefix}_MECHANISM")
        else:
            type_ = sql_type(row, (), reader.catalogue.dialect)
    except Damage:
        type_ = ""
    fields = {
        "name": string(row, f"{prefix}_NAME"),
        "direction": direction,
        "type": type_,
        "default": texts.text(row.get("DEFAULT_SOURCE")),
        "description": texts.text(row.get("DESCRIPTION")),
    }
    return {key: value for key, value in fields.items() if value}


def _grouped(
    rows: Iterator[Row], name: str, position: str, kind: str
) -> dict[QualifiedName, Parameters]:
    """The rows by the object that they belong to; `kind` is the column that is 1 for outputs."""
    groups: defaultdict[QualifiedName, list[Row]] = defaultdict(list)
    for row in rows:
        group = groups[name_of(row, name)]
        if len(group) < _MAX_PARAMETERS:
            group.append(row)
    grouped = {}
    for key, group in groups.items():
        group.sort(key=lambda row: number(row, position) or 0)
        outputs = tuple(row for row in group if kind and number(row, kind))
        inputs = tuple(row for row in group if not (kind and number(row, kind)))
        grouped[key] = Parameters(inputs, outputs)
    return grouped


def parameters_of(parameters: dict[QualifiedName, Parameters], name: QualifiedName) -> Parameters:
    return parameters.get(name, _NONE)
