"""Types as SQL, from rows of RDB$FIELDS and RDB$FUNCTION_ARGUMENTS."""

from collections.abc import Sequence

from gdb_export.firebird.core import charsets, interbase
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.definitions.catalogue_texts import Row, number

_TEXT_TYPES = {14: "CHAR", 37: "VARCHAR", 40: "CSTRING"}
_BINARY_TYPES = {14: "BINARY", 37: "VARBINARY"}
_BINARY = 1  # sub type of text
_BLOB = 261
_TEXT_BLOB = 1  # sub type
_DEFAULT_SEGMENT = 80
_PLAIN_TYPES: dict[int | None, str] = {
    7: "SMALLINT",
    8: "INTEGER",
    10: "FLOAT",
    11: "DOUBLE PRECISION",
    12: "DATE",
    13: "TIME",
    16: "BIGINT",
    interbase.FIELD_TYPE_BOOLEAN: "BOOLEAN",
    23: "BOOLEAN",
    24: "DECFLOAT(16)",
    25: "DECFLOAT(34)",
    26: "INT128",
    27: "DOUBLE PRECISION",
    28: "TIME WITH TIME ZONE",
    29: "TIMESTAMP WITH TIME ZONE",
    35: "TIMESTAMP",
}
# Types that store a NUMERIC or DECIMAL, with the digits if the catalogue does not give them
_EXACT_DIGITS: dict[int | None, int] = {7: 4, 8: 9, 16: 18, 26: 38, 27: 15}
_DOUBLE = 27
_EXACT_NAMES: dict[int | None, str] = {1: "NUMERIC", 2: "DECIMAL"}


def sql_type(field: Row, bounds: Sequence[tuple[int, int]] = (), dialect: int = 3) -> str:
    """The type without its collation; raises Damage for a type that SQL does not have.

    `bounds` are those of an array.
    """
    if not bounds:
        return _scalar_type(field, dialect)
    dimensions = ", ".join(f"{low}:{high}" for low, high in bounds)
    name, separator, charset = _scalar_type(field, dialect).partition(" CHARACTER SET ")
    return f"{name}[{dimensions}]{separator}{charset}"


def _scalar_type(field: Row, dialect: int) -> str:
    field_type, sub_type = number(field, "FIELD_TYPE"), number(field, "FIELD_SUB_TYPE") or 0
    if field_type in _BINARY_TYPES and sub_type == _BINARY and charset_of(field) == charsets.OCTETS:
        return f"{_BINARY_TYPES[field_type]}({_characters(field)})"
    if field_type in _TEXT_TYPES:
        return f"{_TEXT_TYPES[field_type]}({_characters(field)}){_charset(field)}"
    if field_type == _BLOB:
        segment = number(field, "SEGMENT_LENGTH") or _DEFAULT_SEGMENT
        charset = _charset(field) if sub_type == _TEXT_BLOB else ""
        known = 0 if _is_internal_blob(field) else sub_type
        return f"BLOB SUB_TYPE {known} SEGMENT SIZE {segment}{charset}"
    scale = number(field, "FIELD_SCALE") or 0
    is_double = field_type == _DOUBLE and dialect != 1
    if field_type in _EXACT_DIGITS and (scale < 0 or sub_type in _EXACT_NAMES) and not is_double:
        digits = number(field, "FIELD_PRECISION") or _EXACT_DIGITS[field_type]
        return f"{_EXACT_NAMES.get(sub_type, 'NUMERIC')}({digits}, {-scale})"
    if field_type not in _PLAIN_TYPES:
        raise Damage(f"the type {field_type}")
    return _PLAIN_TYPES[field_type]


def difference(field: Row, dialect: int) -> str:
    """Why `sql_type` gives another type than that of the field; "" if it gives the same."""
    sub_type = number(field, "FIELD_SUB_TYPE") or 0
    if _is_internal_blob(field):
        return f"Firebird 2 and newer refuse its sub type {sub_type}: 0 is written"
    if _is_left_over(field):
        return f"its sub type {sub_type} is left over from an older type: 0 is written"
    scale = number(field, "FIELD_SCALE") or 0
    is_exact = scale < 0 or sub_type in _EXACT_NAMES
    if number(field, "FIELD_TYPE") == _DOUBLE and is_exact and dialect != 1:
        return f"a NUMERIC with {-scale} decimals of dialect 1, stored as DOUBLE PRECISION"
    return ""


def _is_internal_blob(field: Row) -> bool:
    sub_type = number(field, "FIELD_SUB_TYPE") or 0
    return number(field, "FIELD_TYPE") == _BLOB and sub_type > _TEXT_BLOB


def _is_left_over(field: Row) -> bool:
    """Whether a field has a sub type although SQL writes its type without one.

    ALTER COLUMN of Firebird 1.5 changes the type of a NUMERIC to VARCHAR and keeps its sub type.
    """
    field_type, sub_type = number(field, "FIELD_TYPE"), number(field, "FIELD_SUB_TYPE") or 0
    is_binary = sub_type == _BINARY and charset_of(field) == charsets.OCTETS
    takes_none = field_type not in _EXACT_DIGITS and field_type != _BLOB
    return sub_type != 0 and takes_none and not (field_type in _TEXT_TYPES and is_binary)


def is_derived(field: Row) -> bool:
    """Whether only an expression can have the type: decimals, but neither NUMERIC nor DECIMAL."""
    scale, sub_type = number(field, "FIELD_SCALE") or 0, number(field, "FIELD_SUB_TYPE")
    return scale < 0 and sub_type not in _EXACT_NAMES


def charset_of(field: Row) -> int:
    return (number(field, "CHARACTER_SET_ID") or charsets.NONE) & 0xFF


def has_charset(field: Row) -> bool:
    """Whether values of the field are text with a character set."""
    field_type = number(field, "FIELD_TYPE")
    is_text_blob = field_type == _BLOB and number(field, "FIELD_SUB_TYPE") == _TEXT_BLOB
    return is_text_blob or field_type in _TEXT_TYPES


def _characters(field: Row) -> int:
    characters = number(field, "CHARACTER_LENGTH")
    if characters:
        return characters
    return (number(field, "FIELD_LENGTH") or 0) // charsets.max_character_bytes(charset_of(field))


def _charset(field: Row) -> str:
    charset = charsets.CHARSETS.get(charset_of(field))
    return f" CHARACTER SET {charset.name}" if charset else ""
