"""The records of a backup and their attributes, by number (burp.h, Firebird 1.5 to 5.0).

A record is its number, then attributes (number, length, bytes) up to a zero. Numbers in attributes
are little-endian, on every machine.
"""

from enum import IntEnum

# The gbak of Firebird 1.0 and 1.5 writes format 6, 2.0 7, 2.1 8, 2.5 9, 3.0 10, 4.0 and 5.0 11
ODS_OF_FORMAT = {7: (11, 0), 8: (11, 1), 9: (11, 2), 10: (12, 0), 11: (13, 0)}
OLDEST_ODS = (10, 1)
NEWEST_FORMAT = 11


class Record(IntEnum):
    BACKUP = 0  # of the program that wrote it
    DATABASE = 1
    DOMAIN = 2
    RELATION = 3
    FIELD = 4
    INDEX = 5
    DATA = 6
    BLOB = 7
    RELATION_DATA = 8
    RELATION_END = 9  # of a description, or of rows
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
    """All but the character set are in the record of the physical database."""

    ODS_MAJOR = 3  # InterBase 7 and newer alone write the ODS
    PAGE_SIZE = 5
    DEFAULT_CHARSET = 11
    DIALECT = 14
    ODS_MINOR = 16  # of InterBase; Firebird 3.0 and newer have the linger there


class RelationAttribute(IntEnum):
    NAME = 1
    VIEW_BLR = 2
    SYSTEM_FLAG = 7
    OWNER = 12
    EXTERNAL_FILE = 17
    TYPE = 18


class FieldAttribute(IntEnum):
    """Of a domain, and of a field."""

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


class DataAttribute(IntEnum):
    LENGTH = 1
    DATA = 2
    FIELD_NUMBER = 3
    BLOB_SEGMENTS = 5
    BLOB_DATA = 7
    XDR_LENGTH = 17
    XDR_ARRAY = 18


# Records that are their number alone
BARE = frozenset({Record.RELATION_END, Record.FUNCTION_END, Record.PROCEDURE_END, Record.END})

_FIELD = frozenset({6, 15, 16, 17, 18, 19, 20, 21, 35, 36, 37, 39, 40})

# Attributes that are a number of bytes (4 bytes long, as numbers are) followed by as many bytes
LONG_ATTRIBUTES: dict[int, frozenset[int]] = {
    Record.DATABASE: frozenset({6, 10}),
    Record.DOMAIN: _FIELD,
    Record.RELATION: frozenset({2, 3, 9, 11, 13, 14, 15}),
    Record.FIELD: _FIELD,
    Record.INDEX: frozenset({6, 9, 10, 11, 12, 13}),
    Record.SECURITY_CLASS: frozenset({12, 13, 19}),
    Record.TRIGGER: frozenset({2, 3, 7, 10, 11, 14}),
    Record.FUNCTION: frozenset({2, 9, 13, 14, 16}),
    Record.FUNCTION_ARGUMENT: frozenset({13, 14, 20}),
    Record.TYPE: frozenset({4, 13}),
    Record.FILTER: frozenset({7, 12}),
    Record.GENERATOR: frozenset({4}),
    Record.PROCEDURE: frozenset({4, 5, 6, 7, 8, 13}),
    Record.PARAMETER: frozenset({5, 6, 7, 8}),
    Record.EXCEPTION: frozenset({3, 4}),
    Record.CHARSET: frozenset({7}),
    Record.COLLATION: frozenset({7, 10}),
    Record.ROLE: frozenset({3}),
    Record.MAPPING: frozenset({10}),
    Record.PACKAGE: frozenset({2, 3, 7}),
}

# Texts that may be longer than 255 bytes: their length has 2 bytes
WIDE_TEXTS = frozenset({(Record.EXCEPTION, 5)})
