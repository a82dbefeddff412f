"""The catalogue of a database in a form in which two databases can be compared.

Names that the engine chose (RDB$1, INTEG_5) are replaced by what they name. Numbers that the engine
gives to objects, and the compiled forms of sources, are left out.
"""

from collections.abc import Iterator
from typing import Any

from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog

Row = dict[str, Any]

_TYPE = (
    *("FIELD_TYPE", "FIELD_SUB_TYPE", "FIELD_LENGTH", "FIELD_SCALE", "FIELD_PRECISION"),
    *("CHARACTER_LENGTH", "CHARACTER_SET_ID", "COLLATION_ID", "DIMENSIONS"),
)
_SOURCES = ("DESCRIPTION", "DEFAULT_SOURCE", "VALIDATION_SOURCE", "COMPUTED_SOURCE")
# What databases before ODS 13 do not have, or newer engines compute in another way
_OF_NEW_ENGINES = frozenset(
    {
        *("INITIAL_VALUE", "GENERATOR_INCREMENT", "PROCEDURE_TYPE", "PARAMETER_MECHANISM"),
        *("GRANT_OPTION", "CHARACTER_LENGTH", "FIELD_PRECISION", "RELATION_TYPE"),
    }
)
# Numbers that are 0 where they are not given
_ZERO = frozenset({*_TYPE, "NULL_FLAG", "UNIQUE_FLAG", "INDEX_TYPE", "INDEX_INACTIVE"})


class ComparableCatalogue:
    """Reads the rows of system tables of one database."""

    def __init__(self, reader: DatabaseReader, is_old: bool) -> None:
        self._reader = reader
        self._left_out = _OF_NEW_ENGINES if is_old else frozenset()
        self._is_old = is_old
        self._domains = {
            row["FIELD_NAME"]: row
            for row in self._rows("FIELDS", "FIELD_NAME", "SYSTEM_FLAG", *_TYPE, *_SOURCES)
        }
        self._constraints = {
            row["CONSTRAINT_NAME"]: row
            for row in self._rows(
                "RELATION_CONSTRAINTS",
                *("CONSTRAINT_NAME", "CONSTRAINT_TYPE", "RELATION_NAME", "INDEX_NAME"),
            )
            if not row["RELATION_NAME"].startswith("RDB$")
        }
        self._segments: dict[str, list[tuple[int, str]]] = {}
        for row in self._rows("INDEX_SEGMENTS", "INDEX_NAME", "FIELD_NAME", "FIELD_POSITION"):
            segments = self._segments.setdefault(row["INDEX_NAME"], [])
            segments.append((row["FIELD_POSITION"] or 0, row["FIELD_NAME"]))

    def _rows(self, table: str, *fields: str) -> Iterator[Row]:
        log = DamageLog()
        wanted = frozenset((*fields, "SYSTEM_FLAG", "SCHEMA_NAME"))
        for row in self._reader.definition_rows(table, wanted, log):
            if not (row.get("SYSTEM_FLAG") and table != "TRIGGERS"):
                values = {name: self._value(name, row.get(name)) for name in fields}
                values["SYSTEM_FLAG"] = row.get("SYSTEM_FLAG")
                yield values
        assert not log.count

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, bytes):
            return self._reader.definition_blob(value).strip(b" \t\r\n\0")
        if isinstance(value, str):
            return value.rstrip()
        return value or 0 if name in _ZERO else value

    def _given(self, row: Row) -> list[Any]:
        """The fields that have a value; NULL, 0 and "" mean the same."""
        return [(key, value) for key, value in row.items() if value and key not in self._left_out]

    def sections(self) -> dict[str, list[Any]]:
        """The comparable rows of each system table."""
        return {
            name: sorted(rows, key=repr)
            for name, rows in {
                "domains": self._named_domains(),
                "tables": self._tables(),
                "columns": self._columns(),
                "constraints": self._comparable_constraints(),
                "indices": self._indices(),
                "triggers": self._triggers(),
                "routines": self._routines(),
                "parameters": self._parameters(),
                "others": self._others(),
                "grants": self._grants(),
            }.items()
        }

    def _type(self, source: str) -> Any:
        """The type and texts of an anonymous domain, or the name of a domain."""
        if not source.startswith("RDB$"):
            return source
        row = self._domains.get(source, {})
        is_computed = row.get("COMPUTED_SOURCE") is not None
        names = [*_TYPE, *_SOURCES]
        if self._is_old:
            names.remove("COLLATION_ID")  # the column has it
            if is_computed:
                names.remove("FIELD_SUB_TYPE")
        return self._given({name: row.get(name) for name in names})

    def _named_domains(self) -> Iterator[Any]:
        for name, row in self._domains.items():
            if not name.startswith("RDB$"):
                yield name, self._given({key: row.get(key) for key in (*_TYPE, *_SOURCES)})

    def _tables(self) -> Iterator[Any]:
        for row in self._rows(
            "RELATIONS",
            *("RELATION_NAME", "DESCRIPTION", "VIEW_SOURCE", "EXTERNAL_FILE", "RELATION_TYPE"),
            "SQL_SECURITY",
        ):
            yield self._given(row)

    def _columns(self) -> Iterator[Any]:
        """A column that was dropped leaves a gap in the positions, so that only their order
        counts."""
        by_table: dict[str, list[Any]] = {}
        for column in self._all_columns():
            by_table.setdefault(column[0], []).append(column)
        for columns in by_table.values():
            columns.sort(key=lambda column: column[1])
            yield from ((index, column[2:]) for index, column in enumerate(columns))

    def _all_columns(self) -> Iterator[Any]:
        for row in self._rows(
            "RELATION_FIELDS",
            *("RELATION_NAME", "FIELD_NAME", "FIELD_SOURCE", "FIELD_POSITION", "NULL_FLAG"),
            *("DEFAULT_SOURCE", "DESCRIPTION", "COLLATION_ID", "IDENTITY_TYPE"),
        ):
            type_ = self._type(row.pop("FIELD_SOURCE") or "")
            position = row.pop("FIELD_POSITION") or 0
            yield row["RELATION_NAME"], position, type_, self._given(row)

    def _constraint(self, name: str) -> Any:
        row = self._constraints[name]
        columns = [name for _, name in sorted(self._segments.get(row["INDEX_NAME"], []))]
        shown = "" if name.startswith("INTEG_") else name
        index = row["INDEX_NAME"] or ""
        return (
            shown,
            row["CONSTRAINT_TYPE"],
            row["RELATION_NAME"],
            columns,
            "" if index.startswith("RDB$") else index,
        )

    def _comparable_constraints(self) -> Iterator[Any]:
        references = {
            row["CONSTRAINT_NAME"]: (
                self._constraint(row["CONST_NAME_UQ"]),
                row["UPDATE_RULE"],
                row["DELETE_RULE"],
            )
            for row in self._rows(
                "REF_CONSTRAINTS", "CONSTRAINT_NAME", "CONST_NAME_UQ", "UPDATE_RULE", "DELETE_RULE"
            )
        }
        triggers = {
            row["TRIGGER_NAME"]: row["TRIGGER_SOURCE"]
            for row in self._rows("TRIGGERS", "TRIGGER_NAME", "TRIGGER_SOURCE")
        }
        checks: dict[str, set[Any]] = {}
        for row in self._rows("CHECK_CONSTRAINTS", "CONSTRAINT_NAME", "TRIGGER_NAME"):
            # a NOT NULL constraint has the name of its column in place of a trigger
            source = triggers.get(row["TRIGGER_NAME"], row["TRIGGER_NAME"])
            checks.setdefault(row["CONSTRAINT_NAME"], set()).add(source)
        for name in self._constraints:
            yield (
                self._constraint(name),
                references.get(name),
                sorted(map(str, checks.get(name, ()))),
            )

    def _indices(self) -> Iterator[Any]:
        constraints = {row["INDEX_NAME"]: name for name, row in self._constraints.items()}
        for row in self._rows(
            "INDICES",
            *("INDEX_NAME", "RELATION_NAME", "UNIQUE_FLAG", "INDEX_TYPE", "INDEX_INACTIVE"),
            *("EXPRESSION_SOURCE", "CONDITION_SOURCE", "DESCRIPTION"),
        ):
            name = row.pop("INDEX_NAME")
            columns = [column for _, column in sorted(self._segments.get(name, []))]
            constraint = self._constraint(constraints[name]) if name in constraints else name
            yield constraint, columns, self._given(row)

    def _triggers(self) -> Iterator[Any]:
        # those of InterBase have no system flag
        of_checks = {row["TRIGGER_NAME"] for row in self._rows("CHECK_CONSTRAINTS", "TRIGGER_NAME")}
        for row in self._rows(
            "TRIGGERS",
            *("TRIGGER_NAME", "RELATION_NAME", "TRIGGER_TYPE", "TRIGGER_SEQUENCE"),
            *("TRIGGER_SOURCE", "DESCRIPTION", "TRIGGER_INACTIVE", "SQL_SECURITY", "ENGINE_NAME"),
            "ENTRYPOINT",
        ):
            if not row.pop("SYSTEM_FLAG") and row["TRIGGER_NAME"] not in of_checks:
                yield self._given(row)

    def _routines(self) -> Iterator[Any]:
        for row in self._rows(
            "PROCEDURES",
            *("PROCEDURE_NAME", "PROCEDURE_SOURCE", "DESCRIPTION", "PROCEDURE_TYPE"),
            *("PACKAGE_NAME", "SQL_SECURITY", "ENGINE_NAME", "ENTRYPOINT"),
        ):
            yield "procedure", self._given(row)
        for row in self._rows(
            "FUNCTIONS",
            *("FUNCTION_NAME", "FUNCTION_SOURCE", "DESCRIPTION", "DETERMINISTIC_FLAG"),
            *("PACKAGE_NAME", "SQL_SECURITY", "MODULE_NAME", "ENTRYPOINT", "RETURN_ARGUMENT"),
            "ENGINE_NAME",
        ):
            yield "function", self._given(row)
        for row in self._rows(
            "PACKAGES",
            *("PACKAGE_NAME", "PACKAGE_HEADER_SOURCE", "PACKAGE_BODY_SOURCE", "DESCRIPTION"),
            "SQL_SECURITY",
        ):
            yield "package", self._given(row)

    def _parameters(self) -> Iterator[Any]:
        shared = ("FIELD_SOURCE", "DEFAULT_SOURCE", "NULL_FLAG", "DESCRIPTION", "PACKAGE_NAME")
        shared += ("FIELD_NAME", "RELATION_NAME", "COLLATION_ID")
        for row in self._rows(
            "PROCEDURE_PARAMETERS",
            *("PROCEDURE_NAME", "PARAMETER_NAME", "PARAMETER_NUMBER", "PARAMETER_TYPE"),
            *("PARAMETER_MECHANISM", *shared),
        ):
            yield self._type(row.pop("FIELD_SOURCE") or ""), self._given(row)
        for row in self._rows(
            "FUNCTION_ARGUMENTS",
            *("FUNCTION_NAME", "ARGUMENT_NAME", "ARGUMENT_POSITION", "MECHANISM", *_TYPE, *shared),
            "ARGUMENT_MECHANISM",
        ):
            if row["FUNCTION_NAME"].startswith("RDB$"):
                continue
            yield self._type(row.pop("FIELD_SOURCE") or ""), self._given(row)

    def _others(self) -> Iterator[Any]:
        for row in self._rows("DATABASE", "DESCRIPTION", "SQL_SECURITY"):
            yield "database", row["DESCRIPTION"], row["SQL_SECURITY"]
        for row in self._rows("EXCEPTIONS", "EXCEPTION_NAME", "MESSAGE", "DESCRIPTION"):
            yield "exception", self._given(row)
        for row in self._rows("ROLES", "ROLE_NAME", "DESCRIPTION", "SYSTEM_PRIVILEGES"):
            yield "role", self._given(row)
        for row in self._rows(
            "FILTERS",
            *("FUNCTION_NAME", "MODULE_NAME", "ENTRYPOINT", "INPUT_SUB_TYPE", "OUTPUT_SUB_TYPE"),
            "DESCRIPTION",
        ):
            yield "filter", self._given(row)
        for row in self._rows(
            "COLLATIONS",
            *("COLLATION_NAME", "BASE_COLLATION_NAME", "COLLATION_ATTRIBUTES", "DESCRIPTION"),
            *("CHARACTER_SET_ID", "SPECIFIC_ATTRIBUTES"),
        ):
            yield "collation", self._given(row)
        for row in self._reader.definition_rows(
            "CHARACTER_SETS",
            frozenset(("CHARACTER_SET_NAME", "DEFAULT_COLLATE_NAME")),
            DamageLog(),
        ):
            if row["DEFAULT_COLLATE_NAME"] not in (None, row["CHARACTER_SET_NAME"]):
                yield "character set", self._given(row)
        for row in self._reader.definition_rows(
            "GENERATORS",
            frozenset(
                ("GENERATOR_NAME", "GENERATOR_ID", "SYSTEM_FLAG", "INITIAL_VALUE", "DESCRIPTION",
                 "GENERATOR_INCREMENT")
            ),
            DamageLog(),
        ):  # fmt: skip
            if row.get("SYSTEM_FLAG") in (None, 0, 6):
                generator = row.pop("GENERATOR_ID")
                value = self._reader.sequence_value(int(str(generator)))
                name = str(row.pop("GENERATOR_NAME")).rstrip()
                row["DESCRIPTION"] = self._value("DESCRIPTION", row.get("DESCRIPTION"))
                yield "sequence", "" if name.startswith("RDB$") else name, value, self._given(row)

    def _grants(self) -> Iterator[Any]:
        for row in self._rows(
            "USER_PRIVILEGES",
            *("USER", "PRIVILEGE", "GRANT_OPTION", "RELATION_NAME", "FIELD_NAME", "USER_TYPE"),
            *("OBJECT_TYPE", "GRANTOR"),
        ):
            if self._is_old and row["USER"] == "SYSDBA":
                continue  # what the owner of an object may do depends on the version
            if row.pop("GRANTOR") and not (row["RELATION_NAME"] or "").startswith(("RDB$", "MON$")):
                yield self._given(row)


def comparable(reader: DatabaseReader, is_old: bool = False) -> dict[str, list[Any]]:
    """The catalogue by section. `is_old`: without what only newer engines have."""
    return ComparableCatalogue(reader, is_old).sections()
