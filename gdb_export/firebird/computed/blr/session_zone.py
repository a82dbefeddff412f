"""What only the time zone of a session decides: the file does not tell it, so it is refused."""

from gdb_export.firebird.computed.blr.nodes import DATE_TYPES, ZONED_TYPES, Node
from gdb_export.firebird.conversions import date_text
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.value_types import Value, as_str

REASON = "needs the time zone of the session"


def check_zone(value: Value | None, dtype: int) -> None:
    """Raises EvaluationError if a value with a zone is to be of a type without one, or without
    one of a type with."""
    if dtype in DATE_TYPES and _has_zone(value, dtype) not in (None, dtype in ZONED_TYPES):
        raise EvaluationError(REASON)


def _has_zone(value: Value | None, dtype: int) -> bool | None:
    """None of what is no time: a text for a date has no zone."""
    if isinstance(value, str | bytes) and dtype != Dtype.DATE:
        return date_text.without_zone(as_str(value))[1] is not None
    if isinstance(value, TimestampTz | TimeTz):
        return True
    return False if isinstance(value, Date | Time | Timestamp) else None


def check_zones(*nodes: Node) -> None:
    """Refuses operands of which some have a time zone and others have none."""
    types = {one.type.dtype for one in nodes} & DATE_TYPES
    if types & ZONED_TYPES and types - ZONED_TYPES:
        raise UnsupportedExpression(REASON)
