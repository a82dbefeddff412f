"""Privileges: GRANT statements."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue
from gdb_export.schema_sql.relations import Table
from gdb_export.schema_sql.statements import Statement, left_out, note

_SYSTEM_PREFIXES = ("RDB$", "MON$", "SEC$")
_PUBLIC, _USUAL_OWNER = "PUBLIC", "SYSDBA"
# RDB$OBJECT_TYPE and RDB$USER_TYPE (obj.h)
_RELATION, _VIEW, _TRIGGER, _PROCEDURE, _USER = 0, 1, 2, 5, 8
_ROLE, _FUNCTION, _PACKAGE = 13, 15, 18
_GRANTEES = {
    _VIEW: "VIEW",
    _TRIGGER: "TRIGGER",
    _PROCEDURE: "PROCEDURE",
    _ROLE: "ROLE",
    _FUNCTION: "FUNCTION",
    _PACKAGE: "PACKAGE",
}
_OBJECTS = {
    _RELATION: "",
    _VIEW: "",
    _PROCEDURE: "PROCEDURE ",
    7: "EXCEPTION ",
    14: "SEQUENCE ",
    _FUNCTION: "FUNCTION ",
    _PACKAGE: "PACKAGE ",
    38: "SCHEMA ",
}
_PRIVILEGES = {
    "S": "SELECT",
    "I": "INSERT",
    "U": "UPDATE",
    "D": "DELETE",
    "R": "REFERENCES",
    "X": "EXECUTE",
    "G": "USAGE",
}
_DATABASE = 21
# Rights to create, alter and drop objects of a kind, by RDB$OBJECT_TYPE
_DDL_KINDS = {
    _DATABASE: "DATABASE",
    22: "TABLE",
    23: "VIEW",
    24: "PROCEDURE",
    25: "FUNCTION",
    26: "PACKAGE",
    27: "SEQUENCE",
    28: "DOMAIN",
    29: "EXCEPTION",
    30: "ROLE",
    31: "CHARACTER SET",
    32: "COLLATION",
    33: "FILTER",
}
_DDL_VERBS = {"C": "CREATE", "L": "ALTER ANY", "O": "DROP ANY"}


class _Grant(NamedTuple):
    """A row of RDB$USER_PRIVILEGES."""

    object_type: int
    object: QualifiedName
    user_type: int
    user: QualifiedName
    privilege: str
    column: str
    option: int


def name_owners(relations: Sequence[Table]) -> Iterator[Statement]:
    """A comment for each owner of tables and views other than _USUAL_OWNER."""
    counts = Counter(string(relation.row, "OWNER_NAME") for relation in relations)
    for owner, count in sorted(counts.items()):
        if owner not in ("", _USUAL_OWNER):
            yield note(
                f"{owner} owned {count} tables and views: the user who runs this file owns them now"
            )


def create_grants(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The privileges in the order of objects and users, without those that owners have."""
    owners = _owners(catalogue)
    rows = catalogue.texts.rows(
        "USER_PRIVILEGES",
        *("USER", "GRANTOR", "PRIVILEGE", "GRANT_OPTION", "RELATION_NAME", "FIELD_NAME"),
        *("USER_TYPE", "OBJECT_TYPE", "USER_SCHEMA_NAME", "RELATION_SCHEMA_NAME"),
    )
    grants = {
        _grant(row)
        for row in rows
        if string(row, "GRANTOR")
        and not string(row, "RELATION_NAME").startswith(_SYSTEM_PREFIXES)
        and not _is_owners(row, owners)
    }
    for grant in sorted(grants):
        yield _statement(catalogue, grant)


def _grant(row: Row) -> _Grant:
    return _Grant(
        number(row, "OBJECT_TYPE") or 0,
        name_of(row, "RELATION_NAME", "RELATION_SCHEMA_NAME"),
        number(row, "USER_TYPE") or 0,
        name_of(row, "USER", "USER_SCHEMA_NAME"),
        string(row, "PRIVILEGE"),
        string(row, "FIELD_NAME"),
        number(row, "GRANT_OPTION") or 0,
    )


def _is_owners(row: Row, owners: dict[tuple[int, QualifiedName], str]) -> bool:
    """Whether the engine gave the privilege to the owner of the object when it was created."""
    user = string(row, "USER")
    name = name_of(row, "RELATION_NAME", "RELATION_SCHEMA_NAME")
    key = number(row, "OBJECT_TYPE") or 0, name
    if number(row, "USER_TYPE") != _USER or string(row, "FIELD_NAME"):
        return False
    return user == string(row, "GRANTOR") and owners.get(key, user) == user


def _owners(catalogue: SchemaCatalogue) -> dict[tuple[int, QualifiedName], str]:
    """The owners of tables and views, by object type and name."""
    rows = catalogue.texts.rows("RELATIONS", "RELATION_NAME", "OWNER_NAME", "SCHEMA_NAME")
    return {(_RELATION, name_of(row, "RELATION_NAME")): string(row, "OWNER_NAME") for row in rows}


def _statement(catalogue: SchemaCatalogue, grant: _Grant) -> Statement:
    sql = catalogue.sql
    grantee = sql.qualified(grant.user)
    if grant.user_type in _GRANTEES:
        grantee = f"{_GRANTEES[grant.user_type]} {grantee}"
    elif grant.user_type == _USER:
        grantee = _PUBLIC if grant.user.object == _PUBLIC else f"USER {grantee}"
    else:
        return left_out(f"the privileges of {grant.user}, a grantee of type {grant.user_type}")
    if grant.privilege == "M":
        default = "DEFAULT " if grant.column == "D" else ""
        option = " WITH ADMIN OPTION" if grant.option else ""
        return Statement(f"GRANT {default}{sql.name(grant.object.object)} TO {grantee}{option}")
    option = " WITH GRANT OPTION" if grant.option else ""
    if grant.object_type in _DDL_KINDS and grant.privilege in _DDL_VERBS:
        verb = _DDL_VERBS[grant.privilege]
        if grant.object_type == _DATABASE:
            verb = verb.removesuffix(" ANY")
        return Statement(f"GRANT {verb} {_DDL_KINDS[grant.object_type]} TO {grantee}{option}")
    if grant.object_type not in _OBJECTS or grant.privilege not in _PRIVILEGES:
        return left_out(
            f"the privilege {grant.privilege} of {grant.user} on {grant.object}, an object of type"
            f" {grant.object_type}"
        )
    column = f" ({sql.name(grant.column)})" if grant.column else ""
    target = f"{_OBJECTS[grant.object_type]}{sql.qualified(grant.object)}"
    privilege = _PRIVILEGES[grant.privilege]
    return Statement(f"GRANT {privilege}{column} ON {target} TO {grantee}{option}")
