"""Refuses expressions that depend on the time zone of the session, which is not in the file."""

from gdb_export.firebird.computed.blr.descriptors import DATE_TYPES, ZONED_TYPES
from gdb_export.firebird.computed.blr.nodes import Node
from gdb_export.firebird.conversions import date_text
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.value_types import Value, as_str

NEEDS_SESSION_ZONE = "needs the time zone of the session"


def check_zone(value: Value | None, dtype: int) -> None:
    """Raises EvaluationError if only one of the value and its target type has a time zone."""
    if dtype in DATE_TYPES and _has_zone(value, dtype) not in (None, dtype in ZONED_TYPES):
        raise EvaluationError(NEEDS_SESSION_ZONE)


def _has_zone(value: Value | None, dtype: int) -> bool | None:
    """Whether the value has a time zone; None for values that cannot have one."""
    if isinstance(value, str | bytes) and dtype != Dtype.DATE:
        return date_text.without_zone(as_str(value))[1] is not None
    if isinstance(value, TimestampTz | TimeTz):
        return True
    return False if isinstance(value, Date | Time | Timestamp) else None


def check_zones(*nodes: Node) -> None:
    """Raises UnsupportedExpression if only some of the operands have a time zone."""
    types = {node.type.dtype for node in nodes} & DATE_TYPES
    if types & ZONED_TYPES and types - ZONED_TYPES:
        raise UnsupportedExpression(NEEDS_SESSION_ZONE)
