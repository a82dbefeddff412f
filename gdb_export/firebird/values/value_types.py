"""The Python types of column values."""

from decimal import Decimal
from typing import Any, NamedTuple

from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz


class InlineBlob(NamedTuple):
    """The content of a blob that is not stored on a page, such as a default: str for a text blob,
    bytes for others."""

    value: str | bytes


# None is NULL. Exact numerics are int, or Decimal whose exponent is the scale; FLOAT and DOUBLE
# PRECISION are float. Text is str, and a CHAR keeps its padding. OCTETS are bytes, and so are the
# 8-byte ids of blobs and arrays.
Value = (
    None
    | bool
    | int
    | Decimal
    | float
    | DecFloat
    | str
    | bytes
    | Date
    | Time
    | Timestamp
    | TimeTz
    | TimestampTz
    | InlineBlob
)
# A Value whose type follows from a declared type or from the types of a parsed expression, which
# the type checker can't see
TypedValue = Any


def as_str(value: str | bytes) -> str:
    """The value as characters; each byte of OCTETS is one character."""
    return value if isinstance(value, str) else value.decode("latin-1")


def shown(value: Value) -> str:
    """The value for a message, cut to 40 characters of text or 60 of anything else."""
    return repr(value[:40]) if isinstance(value, str | bytes) else str(value)[:60]
