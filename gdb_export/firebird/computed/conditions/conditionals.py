"""Conditional values: CASE, COALESCE, DECODE, NULLIF, IIF."""

from gdb_export.firebird.computed.blr.descriptors import is_text, is_unknown
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions.common_type import common_type
from gdb_export.firebird.computed.conditions.comparators import comparator_for
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.values.value_types import Value


def _value_if(parser: Parser, _: Verb) -> Node:
    condition, then, otherwise = parser.values(3)
    test, run_then, run_otherwise = condition.run, then.run, otherwise.run

    def run(scope: Scope) -> Value | None:
        return run_then(scope) if test(scope) else run_otherwise(scope)

    # The engine takes the type of the first branch that is not NULL, or a text if one is needed
    first = otherwise.type if is_unknown(then.type) else then.type
    common = common_type([then.type, otherwise.type])
    return Node(first if is_text(first) or not is_text(common) else common, run)


def _coalesce(parser: Parser, _: Verb) -> Node:
    items = parser.values(parser.blr.u8())
    evaluators = [item.run for item in items]

    def run(scope: Scope) -> Value | None:
        for evaluate in evaluators:
            value = evaluate(scope)
            if value is not None:
                return value
        return None

    return Node(common_type([item.type for item in items]), run)


def _decode(parser: Parser, _: Verb) -> Node:
    operand = parser.value()
    conditions = parser.values(parser.blr.u8())
    values = parser.values(parser.blr.u8())
    if len(values) < len(conditions):
        raise UnsupportedExpression("is a DECODE with fewer values than conditions")
    branches = [
        (comparator_for(parser, operand.type, condition.type, True), condition.run, value.run)
        for condition, value in zip(conditions, values, strict=False)
    ]
    otherwise = values[len(conditions)].run if len(values) > len(conditions) else None

    def run(scope: Scope) -> Value | None:
        tested = operand.run(scope)
        if tested is not None:
            for compare, condition, value in branches:
                candidate = condition(scope)
                if candidate is not None and compare(tested, candidate) == 0:
                    return value(scope)
        return otherwise(scope) if otherwise else None

    return Node(common_type([value.type for value in values]), run)


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.VALUE_IF: _value_if,
    Verb.COALESCE: _coalesce,
    Verb.DECODE: _decode,
}
