"""What a value of a column is in Python, between its bytes in a record and its text in a CSV."""

from typing import Any, NamedTuple

# None; bool; int, or Decimal whose exponent is the scale (exact numerics); float (FLOAT, DOUBLE
# PRECISION); DecFloat; str (decoded, a CHAR with its padding); bytes (OCTETS, ids of blobs and
# arrays); Date, Time, Timestamp, TimeTz, TimestampTz of `temporal`; and Content, of blobs
Value = Any


class InlineBlob(NamedTuple):
    """The value of a blob that lies on no page: characters of a text, bytes of all else."""

    value: str | bytes


def as_str(value: str | bytes) -> str:
    """A text as characters; of OCTETS each byte is one."""
    return value if isinstance(value, str) else value.decode("latin-1")


def shown(value: Value) -> str:
    """A value in a message: its beginning."""
    return repr(value[:40]) if isinstance(value, str | bytes) else str(value)[:60]
