"""Procedures, functions and packages.

Each procedure and function is created with an empty body first, so that views, computed columns and
other programs can use it; the body follows.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users, words_of
from gdb_export.schema_sql.parameters import ParameterReader, parameters_of
from gdb_export.schema_sql.relations import security_clause
from gdb_export.schema_sql.statements import Identifiers, Statement, left_out, literal, note, psql

_PROGRAM = (
    *("SYSTEM_FLAG", "SCHEMA_NAME", "PACKAGE_NAME"),
    *("ENGINE_NAME", "ENTRYPOINT", "SQL_SECURITY"),
)
# The text between BEGIN and END until the real body can be created
_NOTHING, _SUSPEND, _RETURN = " ", " SUSPEND; ", " RETURN NULL; "


class Routine(NamedTuple):
    """A procedure or function: its row, and its head with the parameters, which is None if the
    routine can't be created."""

    name: QualifiedName
    row: Row
    head: str | None
    empty_body: str


class Routines:
    """The statements that create procedures, functions and packages."""

    def __init__(self, catalogue: SchemaCatalogue) -> None:
        self._catalogue = catalogue
        self._sql = catalogue.sql
        self._reader = ParameterReader(catalogue)

    def create_headers(self) -> Iterator[Statement]:
        """Functions and procedures without bodies, those of external engines, and the headers of
        packages."""
        for word, source, routines in self._kinds():
            for name, row, head, empty_body in routines:
                if head is None:
                    yield left_out(f"the {word.lower()} {name}: its source or types are lost")
                elif string(row, "ENGINE_NAME"):
                    text = self._catalogue.texts.text(row.get(source))
                    body = external_clause(self._sql, row, text)
                    yield psql(f"CREATE {word} {head}{_security(row)}\n{body}")
                else:
                    yield psql(f"CREATE {word} {head}\nAS BEGIN{empty_body}END")
        for row in self._packages:
            yield from self._package(row, "PACKAGE", "PACKAGE_HEADER_SOURCE")

    def create_bodies(self) -> Iterator[Statement]:
        """The bodies of functions and procedures, and those of packages."""
        for word, source, routines in self._kinds():
            for name, row, head, empty_body in routines:
                if head is None or string(row, "ENGINE_NAME"):
                    continue
                text = self._catalogue.texts.text(row.get(source))
                if empty_body == _NOTHING and "SUSPEND" in words_of(text):
                    yield note(f"Firebird 4 and newer refuse SUSPEND in {name} without RETURNS")
                yield psql(f"ALTER {word} {head}{_security(row)}\nAS\n{text}")
        for row in self._packages:
            yield from self._package(row, "PACKAGE BODY", "PACKAGE_BODY_SOURCE")

    def _kinds(self) -> tuple[tuple[str, str, list[Routine]], ...]:
        """The word of SQL, the column with the source, and the routines of each kind."""
        return (
            ("FUNCTION", "FUNCTION_SOURCE", self._functions),
            ("PROCEDURE", "PROCEDURE_SOURCE", self._procedures),
        )

    def _package(self, row: Row, words: str, source: str) -> Iterator[Statement]:
        name = name_of(row, "PACKAGE_NAME")._replace(package="")
        text = self._catalogue.texts.text(row.get(source))
        if text:
            options = _security(row) if words == "PACKAGE" else ""
            yield psql(f"CREATE {words} {self._sql.qualified(name)}{options}\nAS\n{text}")
        elif words == "PACKAGE":
            yield left_out(f"the package {name}, which has no source")

    @cached_property
    def _packages(self) -> list[Row]:
        rows = self._catalogue.texts.rows(
            "PACKAGES",
            *("PACKAGE_NAME", "PACKAGE_HEADER_SOURCE", "PACKAGE_BODY_SOURCE", "SYSTEM_FLAG"),
            *("SQL_SECURITY", "SCHEMA_NAME"),
        )
        users = [row for row in rows if is_users(row)]
        return sorted(users, key=lambda row: name_of(row, "PACKAGE_NAME"))

    @cached_property
    def _procedures(self) -> list[Routine]:
        parameters = self._reader.of_procedures()
        found = []
        for row in self._catalogue.texts.rows(
            "PROCEDURES", "PROCEDURE_NAME", "PROCEDURE_SOURCE", *_PROGRAM
        ):
            if not is_users(row) or string(row, "PACKAGE_NAME"):
                continue
            name = name_of(row, "PROCEDURE_NAME")
            of_procedure = parameters_of(parameters, name)
            has_body = self._has_body(row, "PROCEDURE_SOURCE")
            try:
                inputs = self._declared(of_procedure.inputs)
                outputs = self._declared(of_procedure.outputs)
            except Damage:
                has_body, inputs, outputs = False, "", ""
            head = self._sql.qualified(name) + (f" {inputs}" if inputs else "")
            head += f"\nRETURNS {outputs}" if outputs else ""
            empty_body = _SUSPEND if outputs else _NOTHING
            found.append(Routine(name, row, head if has_body else None, empty_body))
        return sorted(found, key=lambda routine: routine.name)

    def _declared(self, parameters: tuple[Row, ...]) -> str:
        declared = [
            self._reader.declared(row, "PARAMETER_NAME", "PARAMETER_MECHANISM")
            for row in parameters
        ]
        return f"({', '.join(declared)})" if declared else ""

    @cached_property
    def _functions(self) -> list[Routine]:
        """The functions of PSQL and of external engines, without those of libraries."""
        arguments = self._reader.of_functions()
        found = []
        for row in self._catalogue.texts.rows(
            "FUNCTIONS",
            *("FUNCTION_NAME", "FUNCTION_SOURCE", "MODULE_NAME", "RETURN_ARGUMENT"),
            *("DETERMINISTIC_FLAG", *_PROGRAM),
        ):
            if not is_users(row) or string(row, "PACKAGE_NAME") or string(row, "MODULE_NAME"):
                continue
            name = name_of(row, "FUNCTION_NAME")
            has_body = self._has_body(row, "FUNCTION_SOURCE")
            try:
                head: str | None = self._function_head(name, row, arguments.get(name, ()))
            except Damage:
                has_body, head = False, None
            found.append(Routine(name, row, head if has_body else None, _RETURN))
        return sorted(found, key=lambda routine: routine.name)

    def _function_head(self, name: QualifiedName, row: Row, arguments: tuple[Row, ...]) -> str:
        position = number(row, "RETURN_ARGUMENT") or 0
        returned = [arg for arg in arguments if number(arg, "ARGUMENT_POSITION") == position]
        if not returned:
            raise Damage("the type that the function returns is lost")
        declared = [
            self._reader.declared(argument, "ARGUMENT_NAME", "ARGUMENT_MECHANISM")
            for argument in arguments
            if number(argument, "ARGUMENT_POSITION") != position
        ]
        inputs = f" ({', '.join(declared)})" if declared else ""
        type_ = self._reader.type_of(returned[0], "ARGUMENT_MECHANISM")
        deterministic = " DETERMINISTIC" if number(row, "DETERMINISTIC_FLAG") else ""
        return f"{self._sql.qualified(name)}{inputs}\nRETURNS {type_}{deterministic}"

    def _has_body(self, row: Row, source: str) -> bool:
        return bool(string(row, "ENGINE_NAME") or self._catalogue.texts.text(row.get(source)))


def _security(row: Row) -> str:
    """The clause SQL SECURITY on a line of its own."""
    security = security_clause(row)
    return f"\n{security}" if security else ""


def external_clause(sql: Identifiers, row: Row, source: str) -> str:
    """The clause of a routine or trigger whose body is in another engine."""
    entry_point = string(row, "ENTRYPOINT")
    name = f"EXTERNAL NAME {literal(entry_point)}" if entry_point else "EXTERNAL"
    body = f"\nAS {literal(source)}" if source else ""
    return f"{name} ENGINE {sql.name(string(row, 'ENGINE_NAME'))}{body}"
