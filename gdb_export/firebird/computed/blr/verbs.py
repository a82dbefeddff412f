"""Codes of BLR, the engine's binary language, that occur in computed columns and defaults.

Names are those of Firebird's blr.h without the prefix blr_.
"""

from enum import IntEnum

VERSION_4 = 4  # arithmetic of dialect 1
VERSION_5 = 5  # arithmetic of dialect 3
END_OF_COMMAND = 76
END_OF_LIST = 255
FLAGS = 234  # may follow the version
ODS_WITH_FLAGS = (14, 0)


class BlrType(IntEnum):
    """Data types inside literals and casts."""

    SHORT = 7
    LONG = 8
    QUAD = 9
    FLOAT = 10
    D_FLOAT = 11
    SQL_DATE = 12
    SQL_TIME = 13
    TEXT = 14
    TEXT2 = 15
    INT64 = 16
    BLOB2 = 17
    DOMAIN_NAME = 18
    DOMAIN_NAME2 = 19
    NOT_NULLABLE = 20
    COLUMN_NAME = 21
    COLUMN_NAME2 = 22
    DOMAIN_NAME3 = 32
    COLUMN_NAME3 = 33
    BOOL = 23
    DEC64 = 24
    DEC128 = 25
    INT128 = 26
    DOUBLE = 27
    SQL_TIME_TZ = 28
    TIMESTAMP_TZ = 29
    TIMESTAMP = 35
    VARYING = 37
    VARYING2 = 38
    CSTRING = 40
    CSTRING2 = 41


class Verb(IntEnum):
    """First byte of an expression: a literal, a column, an operator, a function or a condition."""

    LITERAL = 21
    DBKEY = 22
    FIELD = 23
    FID = 24
    PARAMETER = 25
    VARIABLE = 26
    AVERAGE = 27
    COUNT = 28
    MAXIMUM = 29
    MINIMUM = 30
    TOTAL = 31
    ADD = 34
    SUBTRACT = 35
    MULTIPLY = 36
    DIVIDE = 37
    NEGATE = 38
    CONCATENATE = 39
    SUBSTRING = 40
    PARAMETER2 = 41
    FROM = 42
    VIA = 43
    USER_NAME = 44
    NULL = 45
    EQUIV = 46
    EQL = 47
    NEQ = 48
    GTR = 49
    GEQ = 50
    LSS = 51
    LEQ = 52
    CONTAINING = 53
    MATCHING = 54
    STARTING = 55
    BETWEEN = 56
    OR = 57
    AND = 58
    NOT = 59
    ANY = 60
    MISSING = 61
    UNIQUE = 62
    LIKE = 63
    IN_LIST = 64
    FUNCTION = 100
    GEN_ID = 101
    UPCASE = 103
    VALUE_IF = 105
    MATCHING2 = 106
    ANSI_LIKE = 108
    CAST = 131
    ANSI_ANY = 151
    EXISTS = 152
    RECORD_VERSION = 154
    ANSI_ALL = 158
    EXTRACT = 159
    CURRENT_DATE = 160
    CURRENT_TIMESTAMP = 161
    CURRENT_TIME = 162
    CURRENT_TIMESTAMP2 = 168
    CURRENT_TIME2 = 169
    CURRENT_ROLE = 174
    INTERNAL_INFO = 177
    LOWCASE = 181
    STRLEN = 182
    TRIM = 183
    SYS_FUNCTION = 186
    SIMILAR = 188
    STMT_EXPR = 190
    DERIVED_EXPR = 191
    FUNCTION2 = 194
    SUBSTRING_SIMILAR = 200
    BOOL_AS_VALUE = 201
    COALESCE = 202
    DECODE = 203
    SUBFUNC = 208
    RECORD_VERSION2 = 209
    GEN_ID2 = 210
    DEFAULT = 212
    LOCAL_TIMESTAMP = 214
    LOCAL_TIME = 215
    AT = 216
    INVOKE_FUNCTION = 224
    CAST_FORMAT = 228
    GEN_ID3 = 231
    DEFAULT2 = 232
    CURRENT_SCHEMA = 233
    PACKAGE_REFERENCE = 236


class DatePart(IntEnum):
    """Parts that EXTRACT takes from a date, and units of DATEADD and DATEDIFF."""

    YEAR = 0
    MONTH = 1
    DAY = 2
    HOUR = 3
    MINUTE = 4
    SECOND = 5
    WEEKDAY = 6
    YEARDAY = 7
    MILLISECOND = 8
    WEEK = 9
    TIMEZONE_HOUR = 10
    TIMEZONE_MINUTE = 11
    TIMEZONE_NAME = 12
    QUARTER = 13


# Operands of STRLEN, TRIM and AT
STRLEN_BITS, STRLEN_CHARACTERS, STRLEN_OCTETS = 0, 1, 2
TRIM_BOTH, TRIM_LEADING, TRIM_TRAILING = 0, 1, 2
TRIM_SPACES, TRIM_CHARACTERS, TRIM_ANY_OF_CHARACTERS = 0, 1, 2
# Items of INVOKE_FUNCTION: the parts of the function's name, which end with END_OF_LIST
FUNCTION_ID = 1
FUNCTION_ID_PARTS = (1, 2, 3)  # schema, package, name
AT_LOCAL, AT_ZONE = 0, 1
