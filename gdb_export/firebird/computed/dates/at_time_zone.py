"""AT TIME ZONE: the same instant in another time zone."""

from gdb_export.firebird.computed.blr import session_zone
from gdb_export.firebird.computed.blr.descriptors import TIME_TZ, TIMESTAMP_TZ, ZONED_TYPES
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import AT_ZONE, Verb
from gdb_export.firebird.computed.texts.text_operands import text_of
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.temporal import TimestampTz, TimeTz
from gdb_export.firebird.values.time_zones import parse_zone
from gdb_export.firebird.values.value_types import TypedValue, Value, as_str


def _at_time_zone(parser: Parser, _: Verb) -> Node:
    operand = parser.value()
    if parser.blr.u8() != AT_ZONE:
        raise UnsupportedExpression(session_zone.NEEDS_SESSION_ZONE)
    zone = parser.value()
    is_time = operand.type.dtype == Dtype.TIME_TZ
    if operand.type.dtype not in ZONED_TYPES:
        raise UnsupportedExpression(session_zone.NEEDS_SESSION_ZONE)
    zone_text = text_of(parser, zone)

    def run(scope: Scope) -> Value | None:
        value: TypedValue = operand.run(scope)
        name = zone_text(scope)
        if value is None or name is None:
            return None
        zone_id = parse_zone(as_str(name))
        if is_time:
            return TimeTz(value.ticks, zone_id)
        return TimestampTz(value.days, value.ticks, zone_id)

    return Node(TIME_TZ if is_time else TIMESTAMP_TZ, run)


VERB_PARSERS: dict[int, VerbParser] = {Verb.AT: _at_time_zone}
