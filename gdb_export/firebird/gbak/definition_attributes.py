"""The columns of system tables that the attributes of a backup's records hold.

Knowledge: burp.h and backup.epp, Firebird 1.5 to 6.0.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.gbak.stream.record_types import RecordType
from gdb_export.firebird.values.value_types import Value


class SystemColumn(NamedTuple):
    """A column of a system table, and the function that reads its value from an attribute."""

    name: str
    read: Callable[[bytes], Value]


class RecordColumns(NamedTuple):
    """The system table of a record type, and the columns that its attributes hold, by number."""

    table: str
    columns: Mapping[int, SystemColumn]


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)


def _text(value: bytes) -> bytes:
    """The content of a text blob. gbak ends each of its segments with a zero byte."""
    return value.replace(b"\0", b"")


def _blr(value: bytes) -> bytes:
    return value


def _boolean(value: bytes) -> bool:
    return any(value)


_KINDS: dict[str, Callable[[bytes], Value]] = {
    "name": decode_name,
    "number": _number,
    "text": _text,
    "blr": _blr,
    "boolean": _boolean,
}


def _record(table: str, *lines: str) -> RecordColumns:
    """Parse the columns of a system table.

    A line is a kind of value, then pairs of attribute and column, such as `name: 1=FIELD_NAME`.
    """
    columns: dict[int, SystemColumn] = {}
    for line in lines:
        kind, _, pairs = line.partition(": ")
        for pair in pairs.split():
            attribute, _, name = pair.partition("=")
            columns[int(attribute)] = SystemColumn(name, _KINDS[kind])
    return RecordColumns(table, MappingProxyType(columns))


# Records that stand for one row of a system table. Older formats write some texts as other
# attributes than newer ones.
ROWS: dict[int, RecordColumns] = {
    RecordType.DATABASE: _record(
        "DATABASE",
        "text: 6=DESCRIPTION 10=DESCRIPTION",
        "name: 11=CHARACTER_SET_NAME",
        "boolean: 19=SQL_SECURITY",
    ),
    RecordType.DOMAIN: _record(
        "FIELDS",
        "name: 1=FIELD_NAME 48=SCHEMA_NAME",
        "number: 8=FIELD_TYPE 9=FIELD_SUB_TYPE 10=FIELD_LENGTH 11=FIELD_SCALE 12=SEGMENT_LENGTH"
        " 24=SYSTEM_FLAG 29=DIMENSIONS 38=NULL_FLAG 41=CHARACTER_LENGTH 42=CHARACTER_SET_ID"
        " 43=COLLATION_ID 44=FIELD_PRECISION",
        "text: 16=DESCRIPTION 19=COMPUTED_SOURCE 21=VALIDATION_SOURCE 35=DESCRIPTION"
        " 36=VALIDATION_SOURCE 37=COMPUTED_SOURCE 39=DEFAULT_SOURCE",
        "blr: 18=COMPUTED_BLR",
    ),
    RecordType.DIMENSIONS: _record(
        "FIELD_DIMENSIONS",
        "name: 1=FIELD_NAME 48=SCHEMA_NAME",
        "number: 29=DIMENSION 32=LOWER_BOUND 33=UPPER_BOUND",
    ),
    RecordType.RELATION: _record(
        "RELATIONS",
        "name: 1=RELATION_NAME 12=OWNER_NAME 17=EXTERNAL_FILE 21=SCHEMA_NAME 22=PACKAGE_NAME",
        "number: 7=SYSTEM_FLAG 18=RELATION_TYPE",
        "text: 3=DESCRIPTION 9=VIEW_SOURCE 13=DESCRIPTION 14=VIEW_SOURCE",
        "blr: 2=VIEW_BLR",
        "boolean: 20=SQL_SECURITY",
    ),
    RecordType.TRIGGER: _record(
        "TRIGGERS",
        "name: 4=TRIGGER_NAME 5=RELATION_NAME 15=ENGINE_NAME 16=ENTRYPOINT 20=SCHEMA_NAME",
        "number: 1=TRIGGER_TYPE 6=TRIGGER_SEQUENCE 8=SYSTEM_FLAG 9=TRIGGER_INACTIVE 12=FLAGS"
        " 17=TRIGGER_TYPE",
        "text: 3=TRIGGER_SOURCE 7=DESCRIPTION 10=TRIGGER_SOURCE 11=DESCRIPTION",
        "blr: 2=TRIGGER_BLR",
        "boolean: 19=SQL_SECURITY",
    ),
    RecordType.FUNCTION: _record(
        "FUNCTIONS",
        "name: 1=FUNCTION_NAME 4=MODULE_NAME 5=ENTRYPOINT 10=ENGINE_NAME 11=PACKAGE_NAME"
        " 23=SCHEMA_NAME",
        "number: 6=RETURN_ARGUMENT 12=PRIVATE_FLAG 19=LEGACY_FLAG 20=DETERMINISTIC_FLAG"
        " 24=AGGREGATE_FLAG",
        "text: 2=DESCRIPTION 9=DESCRIPTION 14=FUNCTION_SOURCE",
        "boolean: 22=SQL_SECURITY",
    ),
    RecordType.PROCEDURE: _record(
        "PROCEDURES",
        "name: 1=PROCEDURE_NAME 14=ENGINE_NAME 15=ENTRYPOINT 16=PACKAGE_NAME 20=SCHEMA_NAME",
        "number: 2=PROCEDURE_INPUTS 3=PROCEDURE_OUTPUTS 11=PROCEDURE_TYPE 17=PRIVATE_FLAG",
        "text: 4=DESCRIPTION 5=DESCRIPTION 6=PROCEDURE_SOURCE 7=PROCEDURE_SOURCE",
        "boolean: 19=SQL_SECURITY",
    ),
    RecordType.FILTER: _record(
        "FILTERS",
        "name: 6=FUNCTION_NAME 8=MODULE_NAME 9=ENTRYPOINT",
        "number: 10=INPUT_SUB_TYPE 11=OUTPUT_SUB_TYPE",
        "text: 7=DESCRIPTION 12=DESCRIPTION",
    ),
    RecordType.PACKAGE: _record(
        "PACKAGES",
        "name: 1=PACKAGE_NAME 10=SCHEMA_NAME",
        "text: 2=PACKAGE_HEADER_SOURCE 3=PACKAGE_BODY_SOURCE 7=DESCRIPTION",
        "boolean: 9=SQL_SECURITY",
    ),
    RecordType.EXCEPTION: _record(
        "EXCEPTIONS",
        "name: 1=EXCEPTION_NAME 2=MESSAGE 5=MESSAGE 8=SCHEMA_NAME",
        "text: 3=DESCRIPTION 4=DESCRIPTION",
    ),
    RecordType.GENERATOR: _record(
        "GENERATORS",
        "name: 1=GENERATOR_NAME 10=SCHEMA_NAME",
        "number: 2=VALUE 3=VALUE 7=SYSTEM_FLAG 8=INITIAL_VALUE 9=GENERATOR_INCREMENT",
        "text: 4=DESCRIPTION",
    ),
    RecordType.ROLE: _record(
        "ROLES",
        "name: 1=ROLE_NAME 2=OWNER_NAME",
        "text: 3=DESCRIPTION",
        "blr: 4=SYSTEM_PRIVILEGES",
    ),
    RecordType.PRIVILEGE: _record(
        "USER_PRIVILEGES",
        "name: 1=USER 2=GRANTOR 3=PRIVILEGE 5=RELATION_NAME 6=FIELD_NAME 9=USER_SCHEMA_NAME"
        " 10=RELATION_SCHEMA_NAME",
        "number: 4=GRANT_OPTION 7=USER_TYPE 8=OBJECT_TYPE",
    ),
    RecordType.RELATION_CONSTRAINT: _record(
        "RELATION_CONSTRAINTS",
        "name: 1=CONSTRAINT_NAME 2=CONSTRAINT_TYPE 3=RELATION_NAME 6=INDEX_NAME 7=SCHEMA_NAME",
    ),
    RecordType.REFERENCE_CONSTRAINT: _record(
        "REF_CONSTRAINTS",
        "name: 1=CONSTRAINT_NAME 2=CONST_NAME_UQ 4=UPDATE_RULE 5=DELETE_RULE 6=SCHEMA_NAME"
        " 7=CONST_SCHEMA_NAME_UQ",
    ),
    RecordType.CHECK_CONSTRAINT: _record(
        "CHECK_CONSTRAINTS",
        "name: 1=CONSTRAINT_NAME 2=TRIGGER_NAME 3=SCHEMA_NAME",
    ),
    RecordType.CHARSET: _record(
        "CHARACTER_SETS",
        "name: 1=CHARACTER_SET_NAME 4=DEFAULT_COLLATE_NAME 12=SCHEMA_NAME",
        "number: 5=CHARACTER_SET_ID 6=SYSTEM_FLAG 9=BYTES_PER_CHARACTER",
        "text: 7=DESCRIPTION",
    ),
    RecordType.COLLATION: _record(
        "COLLATIONS",
        "name: 1=COLLATION_NAME 9=BASE_COLLATION_NAME 13=SCHEMA_NAME",
        "number: 2=COLLATION_ID 3=CHARACTER_SET_ID 4=COLLATION_ATTRIBUTES 6=SYSTEM_FLAG",
        "text: 7=DESCRIPTION 10=SPECIFIC_ATTRIBUTES",
    ),
}

# Records that follow the record of the object that they belong to, by their type
CHILDREN: dict[int, RecordColumns] = {
    RecordType.FIELD: _record(
        "RELATION_FIELDS",
        "name: 1=FIELD_NAME 2=FIELD_SOURCE 3=BASE_FIELD 46=GENERATOR_NAME"
        " 48=FIELD_SOURCE_SCHEMA_NAME",
        "number: 4=VIEW_CONTEXT 13=FIELD_POSITION 22=FIELD_ID 24=SYSTEM_FLAG 38=NULL_FLAG"
        " 43=COLLATION_ID 47=IDENTITY_TYPE",
        "text: 16=DESCRIPTION 35=DESCRIPTION 39=DEFAULT_SOURCE",
    ),
    RecordType.INDEX: _record(
        "INDICES",
        "name: 1=INDEX_NAME 8=FOREIGN_KEY 14=FOREIGN_KEY_SCHEMA_NAME",
        "number: 2=SEGMENT_COUNT 3=INDEX_INACTIVE 4=UNIQUE_FLAG 7=INDEX_TYPE",
        "text: 6=DESCRIPTION 9=DESCRIPTION 10=EXPRESSION_SOURCE 12=CONDITION_SOURCE",
    ),
    RecordType.FUNCTION_ARGUMENT: _record(
        "FUNCTION_ARGUMENTS",
        "name: 11=ARGUMENT_NAME 12=FIELD_SOURCE 18=FIELD_NAME 19=RELATION_NAME"
        " 22=FIELD_SOURCE_SCHEMA_NAME 23=RELATION_SCHEMA_NAME",
        "number: 2=ARGUMENT_POSITION 3=MECHANISM 4=FIELD_TYPE 5=FIELD_SCALE 6=FIELD_LENGTH"
        " 7=FIELD_SUB_TYPE 8=CHARACTER_SET_ID 9=FIELD_PRECISION 15=COLLATION_ID 16=NULL_FLAG"
        " 17=ARGUMENT_MECHANISM",
        "text: 14=DEFAULT_SOURCE 20=DESCRIPTION",
    ),
    RecordType.PARAMETER: _record(
        "PROCEDURE_PARAMETERS",
        "name: 1=PARAMETER_NAME 4=FIELD_SOURCE 12=FIELD_NAME 13=RELATION_NAME"
        " 14=FIELD_SOURCE_SCHEMA_NAME 15=RELATION_SCHEMA_NAME",
        "number: 2=PARAMETER_NUMBER 3=PARAMETER_TYPE 9=COLLATION_ID 10=NULL_FLAG"
        " 11=PARAMETER_MECHANISM",
        "text: 5=DESCRIPTION 6=DESCRIPTION 8=DEFAULT_SOURCE",
    ),
}

# The table of a RELATION_DATA record, which the records of its indices follow
INDEXED_TABLE = _record("RELATIONS", "name: 1=RELATION_NAME 21=SCHEMA_NAME 22=PACKAGE_NAME").columns
INDEX_COLUMN = 5  # attribute of INDEX: the name of a column, once for each
