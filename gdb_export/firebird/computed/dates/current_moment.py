"""CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP and the like."""

from gdb_export.firebird.computed.blr.descriptors import DATE, TIME, TIMESTAMP
from gdb_export.firebird.computed.blr.nodes import Node
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.values.temporal import Date, Time
from gdb_export.firebird.values.value_types import Value

NEEDS_MOMENT = "depends on the moment of reading"


def _moment(parser: Parser, verb: Verb) -> Node:
    """The current date, time or timestamp. Only the environment of a default defines it."""
    if verb in (  # these verbs have an operand: the precision
        Verb.CURRENT_TIMESTAMP2,
        Verb.CURRENT_TIME2,
        Verb.LOCAL_TIMESTAMP,
        Verb.LOCAL_TIME,
    ):
        parser.blr.u8()
    moment = parser.environment.moment
    if moment is None:
        raise UnsupportedExpression(NEEDS_MOMENT)
    value: Value = moment
    result = TIMESTAMP
    if verb == Verb.CURRENT_DATE:
        result, value = DATE, Date(moment.days)
    elif verb in (Verb.CURRENT_TIME, Verb.CURRENT_TIME2, Verb.LOCAL_TIME):
        result, value = TIME, Time(moment.ticks)
    return Node(result, lambda scope: value)


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.CURRENT_DATE: _moment,
    Verb.CURRENT_TIMESTAMP: _moment,
    Verb.CURRENT_TIME: _moment,
    Verb.CURRENT_TIMESTAMP2: _moment,
    Verb.CURRENT_TIME2: _moment,
    Verb.LOCAL_TIMESTAMP: _moment,
    Verb.LOCAL_TIME: _moment,
}
