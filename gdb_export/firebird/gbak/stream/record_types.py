"""Record types of a backup and their attributes, by number.

A record is its type, then attributes (number, length, bytes) up to a zero byte. Integers in
attributes are little-endian on every machine. Knowledge: burp.h, Firebird 1.5 to 6.0.
"""

from enum import IntEnum

# ODS of the engine whose gbak writes a format. Firebird 1.0 and 1.5 write format 6, 2.0 format 7,
# 2.1 format 8, 2.5 format 9, 3.0 format 10, 4.0 and 5.0 format 11, 6.0 format 12.
ODS_OF_FORMAT = {7: (11, 0), 8: (11, 1), 9: (11, 2), 10: (12, 0), 11: (13, 0), 12: (14, 0)}
OLDEST_ODS = (10, 1)
NEWEST_FORMAT = 12
FIRST_FORMAT_WITH_SCHEMAS = 12


class RecordType(IntEnum):
    BACKUP = 0  # the first record: how the backup was written
    DATABASE = 1
    DOMAIN = 2
    RELATION = 3
    FIELD = 4
    INDEX = 5
    DATA = 6
    BLOB = 7
    RELATION_DATA = 8
    RELATION_END = 9  # ends a table's description, and its rows
    END = 10
    VIEW = 11
    SECURITY_CLASS = 12
    TRIGGER = 13
    PHYSICAL_DATABASE = 14
    FUNCTION = 15
    FUNCTION_ARGUMENT = 16
    FUNCTION_END = 17
    GENERATOR_VALUE = 18
    TYPE = 19
    FILTER = 20
    TRIGGER_MESSAGE = 21
    PRIVILEGE = 22
    ARRAY = 23
    DIMENSIONS = 24
    FILE = 25
    GENERATOR = 26
    PROCEDURE = 27
    PARAMETER = 28
    PROCEDURE_END = 29
    EXCEPTION = 30
    RELATION_CONSTRAINT = 31
    REFERENCE_CONSTRAINT = 32
    CHECK_CONSTRAINT = 33
    CHARSET = 34
    COLLATION = 35
    ROLE = 36
    MAPPING = 37
    PACKAGE = 38
    DATABASE_CREATOR = 39
    PUBLICATION = 40
    PUBLISHED_TABLE = 41
    SCHEMA = 42
    CONSTANT = 43  # of a package


class BackupAttribute(IntEnum):
    DATE = 1
    FORMAT = 2
    COMPRESSED = 4
    TRANSPORTABLE = 5
    VOLUME = 8
    KEY_NAME = 9
    ZIPPED = 10
    KEY_HASH = 11
    CRYPT_PLUGIN = 12


class DatabaseAttribute(IntEnum):
    """Attributes of PHYSICAL_DATABASE, except the character set, which is one of DATABASE."""

    ODS_MAJOR = 3  # written only by InterBase 7 and newer
    PAGE_SIZE = 5
    DEFAULT_CHARSET = 11
    DIALECT = 14
    ODS_MINOR = 16  # in InterBase; in Firebird 3.0 and newer this is the linger time


class RelationAttribute(IntEnum):
    NAME = 1
    VIEW_BLR = 2
    SYSTEM_FLAG = 7
    OWNER = 12
    EXTERNAL_FILE = 17
    TYPE = 18
    SCHEMA = 21
    PACKAGE = 22


class FieldAttribute(IntEnum):
    """Attributes of DOMAIN and FIELD."""

    NAME = 1
    DOMAIN = 2
    TYPE = 8
    SUB_TYPE = 9
    LENGTH = 10
    SCALE = 11
    POSITION = 13
    COMPUTED_BLR = 18
    NUMBER = 22
    IS_COMPUTED = 23
    DIMENSIONS = 29
    LOWER = 32
    UPPER = 33
    NULL_FLAG = 38
    CHARSET = 42
    COLLATION = 43
    PRECISION = 44
    SCHEMA = 48  # of the domain that the record describes or names


class DataAttribute(IntEnum):
    LENGTH = 1
    DATA = 2
    FIELD_NUMBER = 3
    BLOB_SEGMENTS = 5
    BLOB_DATA = 7
    XDR_LENGTH = 17
    XDR_ARRAY = 18


class GeneratorAttribute(IntEnum):
    NAME = 1
    SYSTEM_FLAG = 7


_LONG_FIELD_ATTRIBUTES = frozenset({6, 15, 16, 17, 18, 19, 20, 21, 35, 36, 37, 39, 40})

# Attributes of a record type whose value is a 4-byte length followed by that number of bytes
LONG_ATTRIBUTES: dict[int, frozenset[int]] = {
    RecordType.DATABASE: frozenset({6, 10}),
    RecordType.DOMAIN: _LONG_FIELD_ATTRIBUTES,
    RecordType.RELATION: frozenset({2, 3, 9, 11, 13, 14, 15}),
    RecordType.FIELD: _LONG_FIELD_ATTRIBUTES,
    RecordType.INDEX: frozenset({6, 9, 10, 11, 12, 13}),
    RecordType.SECURITY_CLASS: frozenset({12, 13, 19}),
    RecordType.TRIGGER: frozenset({2, 3, 7, 10, 11, 14}),
    RecordType.FUNCTION: frozenset({2, 9, 13, 14, 16}),
    RecordType.FUNCTION_ARGUMENT: frozenset({13, 14, 20}),
    RecordType.TYPE: frozenset({4, 13}),
    RecordType.FILTER: frozenset({7, 12}),
    RecordType.GENERATOR: frozenset({4}),
    RecordType.PROCEDURE: frozenset({4, 5, 6, 7, 8, 13}),
    RecordType.PARAMETER: frozenset({5, 6, 7, 8}),
    RecordType.EXCEPTION: frozenset({3, 4}),
    RecordType.CHARSET: frozenset({7}),
    RecordType.COLLATION: frozenset({7, 10}),
    RecordType.ROLE: frozenset({3}),
    RecordType.MAPPING: frozenset({10}),
    RecordType.PACKAGE: frozenset({2, 3, 7}),
    RecordType.SCHEMA: frozenset({7}),
    RecordType.CONSTANT: frozenset({6, 7, 9}),
}

# (record type, attribute) of texts that may exceed 255 bytes: their length takes 2 bytes
WIDE_TEXTS = frozenset({(RecordType.EXCEPTION, 5)})
