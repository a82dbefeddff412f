"""Triggers, procedures, functions, packages and exceptions."""

from collections.abc import Iterator

from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import (
    CatalogueTexts,
    name_of,
    number,
    string,
)
from gdb_export.firebird.definitions.objects import DatabaseException, Program

# System table, kind, and the fields with the name, the source and, for packages, the body
_TABLES = (
    ("TRIGGERS", "trigger", "TRIGGER_NAME", "TRIGGER_SOURCE", ""),
    ("PROCEDURES", "procedure", "PROCEDURE_NAME", "PROCEDURE_SOURCE", ""),
    ("FUNCTIONS", "function", "FUNCTION_NAME", "FUNCTION_SOURCE", ""),
    ("PACKAGES", "package", "PACKAGE_NAME", "PACKAGE_HEADER_SOURCE", "PACKAGE_BODY_SOURCE"),
)


def read_programs(texts: CatalogueTexts) -> tuple[Program, ...]:
    """The users' programs by kind and name, without the triggers that the engine made."""
    return tuple(program for table in _TABLES for program in sorted(_programs_of(texts, *table)))


def triggers_of_checks(texts: CatalogueTexts) -> set[QualifiedName]:
    """The triggers that the engine made for constraints; in InterBase they have no system flag."""
    rows = texts.rows("CHECK_CONSTRAINTS", "TRIGGER_NAME", "SCHEMA_NAME")
    return {name_of(row, "TRIGGER_NAME") for row in rows}


def _programs_of(
    texts: CatalogueTexts, table: str, kind: str, name: str, source: str, body: str
) -> Iterator[Program]:
    fields = [name, source, body, "SYSTEM_FLAG", "DESCRIPTION", "SCHEMA_NAME"]
    fields += ["RELATION_NAME", "TRIGGER_INACTIVE"] if kind == "trigger" else ["PACKAGE_NAME"]
    of_checks = triggers_of_checks(texts) if kind == "trigger" else set()
    for row in texts.rows(table, *fields):
        qualified_name = name_of(row, name)
        if number(row, "SYSTEM_FLAG") or qualified_name in of_checks:
            continue
        if kind == "package":
            # name_of takes PACKAGE_NAME for the package that the object is in
            qualified_name = qualified_name._replace(package="")
        yield Program(
            kind,
            qualified_name,
            texts.text(row.get(source)),
            texts.text(row.get("DESCRIPTION")),
            name_of(row, "RELATION_NAME"),
            texts.text(row.get(body)),
            number(row, "TRIGGER_INACTIVE") != 1,
        )


def read_exceptions(texts: CatalogueTexts) -> tuple[DatabaseException, ...]:
    """The users' exceptions in name order."""
    fields = ("EXCEPTION_NAME", "MESSAGE", "DESCRIPTION", "SYSTEM_FLAG", "SCHEMA_NAME")
    return tuple(
        sorted(
            DatabaseException(
                name_of(row, "EXCEPTION_NAME"),
                string(row, "MESSAGE"),
                texts.text(row.get("DESCRIPTION")),
            )
            for row in texts.rows("EXCEPTIONS", *fields)
            if not number(row, "SYSTEM_FLAG")
        )
    )
