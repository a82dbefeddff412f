"""Sequences: those of users, and those of identity columns."""

from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users
from gdb_export.schema_sql.statements import Statement, left_out

_IDENTITY_FLAG = 6  # RDB$SYSTEM_FLAG
_IDENTITY_TYPES: dict[int | None, str] = {0: "ALWAYS", 1: "BY DEFAULT"}


class Identity(NamedTuple):
    """The sequence of an identity column; `value` is the last value, None if it can't be read."""

    initial: int
    increment: int
    value: int | None

    def clause(self, identity_type: int | None) -> str:
        kind = _IDENTITY_TYPES.get(identity_type, "BY DEFAULT")
        options = []
        if self.initial != 1:
            options.append(f"START WITH {self.initial}")
        if self.increment != 1:
            options.append(f"INCREMENT BY {self.increment}")
        listed = f" ({' '.join(options)})" if options else ""
        return f"GENERATED {kind} AS IDENTITY{listed}"


def _rows(catalogue: SchemaCatalogue) -> Iterator[Row]:
    return catalogue.texts.rows(
        "GENERATORS",
        *("GENERATOR_NAME", "GENERATOR_ID", "SYSTEM_FLAG", "SCHEMA_NAME", "INITIAL_VALUE"),
        "GENERATOR_INCREMENT",
    )


def _value(catalogue: SchemaCatalogue, row: Row) -> int | None:
    generator = number(row, "GENERATOR_ID")
    return None if generator is None else catalogue.reader.sequence_value(generator)


def read_identities(catalogue: SchemaCatalogue) -> dict[QualifiedName, Identity]:
    """The sequences of identity columns by name."""
    identities = {}
    for row in _rows(catalogue):
        if number(row, "SYSTEM_FLAG") == _IDENTITY_FLAG:
            initial, increment = number(row, "INITIAL_VALUE"), number(row, "GENERATOR_INCREMENT")
            identities[name_of(row, "GENERATOR_NAME")] = Identity(
                1 if initial is None else initial, increment or 1, _value(catalogue, row)
            )
    return identities


def create_sequences(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The users' sequences with their present values."""
    for row in sorted(_rows(catalogue), key=lambda row: string(row, "GENERATOR_NAME")):
        if not is_users(row) or not string(row, "GENERATOR_NAME"):
            continue
        name = name_of(row, "GENERATOR_NAME")
        shown = catalogue.sql.qualified(name)
        initial, increment = number(row, "INITIAL_VALUE"), number(row, "GENERATOR_INCREMENT")
        start = "" if initial is None else f" START WITH {initial}"
        step = "" if increment in (None, 1) else f" INCREMENT BY {increment}"
        yield Statement(f"CREATE SEQUENCE {shown}{start}{step}")
        value = _value(catalogue, row)
        if value is None:
            yield left_out(f"the value of the sequence {name}, which can't be read")
        else:
            yield Statement(f"SET GENERATOR {shown} TO {value}")
