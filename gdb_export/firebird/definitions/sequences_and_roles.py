"""Sequences with their present values, roles, privileges and users' collations."""

from gdb_export.firebird.definitions.catalogue_texts import (
    CatalogueTexts,
    name_of,
    number,
    string,
)
from gdb_export.firebird.definitions.objects import Collation, Grant, Role, Sequence


def read_sequences(texts: CatalogueTexts) -> tuple[Sequence, ...]:
    """The users' sequences in name order, without those that the engine made for identities."""
    sequences = []
    for row in texts.rows(
        "GENERATORS",
        *("GENERATOR_NAME", "GENERATOR_ID", "SYSTEM_FLAG", "DESCRIPTION", "SCHEMA_NAME"),
        "GENERATOR_INCREMENT",
    ):
        generator = number(row, "GENERATOR_ID")
        if number(row, "SYSTEM_FLAG") or not string(row, "GENERATOR_NAME"):
            continue
        value = None if generator is None else texts.reader.sequence_value(generator)
        increment = number(row, "GENERATOR_INCREMENT") or 1
        description = texts.text(row.get("DESCRIPTION"))
        sequences.append(Sequence(name_of(row, "GENERATOR_NAME"), value, increment, description))
    return tuple(sorted(sequences, key=lambda sequence: sequence.name))


def read_roles(texts: CatalogueTexts) -> tuple[Role, ...]:
    """The users' roles in name order."""
    return tuple(
        sorted(
            Role(
                string(row, "ROLE_NAME"),
                string(row, "OWNER_NAME"),
                texts.text(row.get("DESCRIPTION")),
            )
            for row in texts.rows("ROLES", "ROLE_NAME", "OWNER_NAME", "DESCRIPTION", "SYSTEM_FLAG")
            if not number(row, "SYSTEM_FLAG")
        )
    )


def read_grants(texts: CatalogueTexts) -> tuple[Grant, ...]:
    """The privileges on users' objects, sorted. Those that nobody granted are the engine's own."""
    fields = ("USER", "GRANTOR", "PRIVILEGE", "GRANT_OPTION", "RELATION_NAME", "FIELD_NAME")
    grants = {
        Grant(
            string(row, "USER"),
            string(row, "PRIVILEGE"),
            name_of(row, "RELATION_NAME", "RELATION_SCHEMA_NAME"),
            string(row, "FIELD_NAME"),
            bool(number(row, "GRANT_OPTION")),
        )
        for row in texts.rows("USER_PRIVILEGES", *fields, "RELATION_SCHEMA_NAME")
        if string(row, "GRANTOR")
        and not string(row, "RELATION_NAME").startswith(("RDB$", "MON$", "SEC$", "SQL$"))
    }
    return tuple(sorted(grants))


def read_collations(texts: CatalogueTexts) -> tuple[Collation, ...]:
    """The users' collations in name order."""
    fields = ("COLLATION_NAME", "BASE_COLLATION_NAME", "SPECIFIC_ATTRIBUTES", "DESCRIPTION")
    return tuple(
        sorted(
            Collation(
                string(row, "COLLATION_NAME"),
                string(row, "BASE_COLLATION_NAME"),
                texts.text(row.get("SPECIFIC_ATTRIBUTES")),
                texts.text(row.get("DESCRIPTION")),
            )
            for row in texts.rows("COLLATIONS", *fields, "SYSTEM_FLAG")
            if not number(row, "SYSTEM_FLAG")
        )
    )
