"""The database itself, schemas, collations, exceptions and roles."""

from collections.abc import Iterator

from gdb_export.firebird.core.qualified_names import PUBLIC_SCHEMA, SYSTEM_SCHEMA
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users
from gdb_export.schema_sql.relations import security_clause
from gdb_export.schema_sql.statements import Statement, left_out, literal

# RDB$COLLATION_ATTRIBUTES
_PAD_SPACE, _CASE_INSENSITIVE, _ACCENT_INSENSITIVE = 1, 2, 4
_VERSIONS = ("COLL-VERSION=", "ICU-VERSION=")
# The bits of RDB$SYSTEM_PRIVILEGES from bit 1 on (SystemPrivileges.h)
_SYSTEM_PRIVILEGES = (
    "USER_MANAGEMENT READ_RAW_PAGES CREATE_USER_TYPES USE_NBACKUP_UTILITY CHANGE_SHUTDOWN_MODE"
    " TRACE_ANY_ATTACHMENT MONITOR_ANY_ATTACHMENT ACCESS_SHUTDOWN_DATABASE CREATE_DATABASE"
    " DROP_DATABASE USE_GBAK_UTILITY USE_GSTAT_UTILITY USE_GFIX_UTILITY IGNORE_DB_TRIGGERS"
    " CHANGE_HEADER_SETTINGS SELECT_ANY_OBJECT_IN_DATABASE ACCESS_ANY_OBJECT_IN_DATABASE"
    " MODIFY_ANY_OBJECT_IN_DATABASE CHANGE_MAPPING_RULES USE_GRANTED_BY_CLAUSE"
    " GRANT_REVOKE_ON_ANY_OBJECT GRANT_REVOKE_ANY_DDL_RIGHT CREATE_PRIVILEGED_ROLES"
    " GET_DBCRYPT_INFO MODIFY_EXT_CONN_POOL REPLICATE_INTO_DATABASE PROFILE_ANY_ATTACHMENT"
).split()


def alter_database(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The default of SQL SECURITY, if the database has one."""
    row = next(catalogue.texts.rows("DATABASE", "SQL_SECURITY"), {})
    if security := security_clause(row):
        yield Statement(f"ALTER DATABASE SET DEFAULT {security}")


def create_schemas(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The schemas of users besides PUBLIC (Firebird 6)."""
    for row in catalogue.texts.rows("SCHEMAS", "SCHEMA_NAME", "SYSTEM_FLAG"):
        name = string(row, "SCHEMA_NAME")
        if name not in (PUBLIC_SCHEMA, SYSTEM_SCHEMA, "") and not number(row, "SYSTEM_FLAG"):
            yield Statement(f"CREATE SCHEMA {catalogue.sql.name(name)}")


def create_collations(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The users' collations in name order, and the changed defaults of character sets."""
    rows = catalogue.texts.rows(
        "COLLATIONS",
        *("COLLATION_NAME", "BASE_COLLATION_NAME", "SPECIFIC_ATTRIBUTES", "SYSTEM_FLAG"),
        *("CHARACTER_SET_ID", "COLLATION_ATTRIBUTES", "SCHEMA_NAME"),
    )
    for row in sorted(filter(is_users, rows), key=lambda row: name_of(row, "COLLATION_NAME")):
        yield _collation(catalogue, row)
    for charset, collation in sorted(catalogue.default_collations.items()):
        name = catalogue.charset_names[charset]
        yield Statement(
            f"ALTER CHARACTER SET {catalogue.sql.name(name)}"
            f" SET DEFAULT COLLATION {catalogue.sql.name(collation)}"
        )


def _collation(catalogue: SchemaCatalogue, row: Row) -> Statement:
    name, charset = name_of(row, "COLLATION_NAME"), number(row, "CHARACTER_SET_ID") or 0
    charset_name = catalogue.charset_name(charset)
    if not charset_name:
        return left_out(f"the collation {name} of the character set {charset}, which is unknown")
    attributes = number(row, "COLLATION_ATTRIBUTES") or 0
    base = string(row, "BASE_COLLATION_NAME")
    words = [
        f"CREATE COLLATION {catalogue.sql.qualified(name)} FOR {catalogue.sql.name(charset_name)}"
    ]
    if base:
        is_known = base in catalogue.collation_names
        words.append(
            f"FROM {catalogue.sql.name(base)}" if is_known else f"FROM EXTERNAL ({literal(base)})"
        )
    words.append("PAD SPACE" if attributes & _PAD_SPACE else "NO PAD")
    if attributes & _CASE_INSENSITIVE:
        words.append("CASE INSENSITIVE")
    if attributes & _ACCENT_INSENSITIVE:
        words.append("ACCENT INSENSITIVE")
    if specific := _specific_attributes(catalogue.texts.text(row.get("SPECIFIC_ATTRIBUTES"))):
        words.append(literal(specific))
    return Statement(" ".join(words))


def _specific_attributes(text: str) -> str:
    """The attributes that a user gave, without the versions that the engine adds."""
    return ";".join(part for part in text.split(";") if not part.startswith(_VERSIONS))


def create_exceptions(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    rows = catalogue.texts.rows(
        "EXCEPTIONS", "EXCEPTION_NAME", "MESSAGE", "SYSTEM_FLAG", "SCHEMA_NAME"
    )
    for row in sorted(filter(is_users, rows), key=lambda row: name_of(row, "EXCEPTION_NAME")):
        name = catalogue.sql.qualified(name_of(row, "EXCEPTION_NAME"))
        yield Statement(f"CREATE EXCEPTION {name} {literal(string(row, 'MESSAGE'))}")


def create_roles(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    rows = catalogue.texts.rows("ROLES", "ROLE_NAME", "SYSTEM_FLAG", "SYSTEM_PRIVILEGES")
    for row in sorted(filter(is_users, rows), key=lambda row: string(row, "ROLE_NAME")):
        privileges = _system_privileges(row.get("SYSTEM_PRIVILEGES"))
        rights = f" SET SYSTEM PRIVILEGES TO {', '.join(privileges)}" if privileges else ""
        yield Statement(f"CREATE ROLE {catalogue.sql.name(string(row, 'ROLE_NAME'))}{rights}")


def _system_privileges(value: object) -> list[str]:
    """The names of the privileges of a role, from 8 bytes of bits."""
    data = value.encode("latin-1", "ignore") if isinstance(value, str) else value
    bits = int.from_bytes(data, "little") if isinstance(data, bytes) else 0
    return [name for bit, name in enumerate(_SYSTEM_PRIVILEGES, 1) if bits >> bit & 1]
