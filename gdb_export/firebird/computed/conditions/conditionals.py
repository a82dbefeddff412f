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
    condition, if_true, if_false = parser.values(3)
    test, run_if_true, run_if_false = condition.run, if_true.run, if_false.run

    def run(scope: Scope) -> Value | None:
        return run_if_true(scope) if test(scope) else run_if_false(scope)

    # The engine takes the type of the first branch that is not NULL; but if only the other branch
    # is a text, it takes the common type
    first = if_false.type if is_unknown(if_true.type) else if_true.type
    common = common_type([if_true.type, if_false.type])
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
        (
            comparator_for(parser, operand.type, condition.type, for_equality=True),
            condition.run,
            value.run,
        )
        for condition, value in zip(conditions, values, strict=False)
    ]
    default = values[len(conditions)].run if len(values) > len(conditions) else None

    def run(scope: Scope) -> Value | None:
        tested = operand.run(scope)
        if tested is not None:
            for compare, run_condition, run_value in branches:
                candidate = run_condition(scope)
                if candidate is not None and compare(tested, candidate) == 0:
                    return run_value(scope)
        return default(scope) if default else None

    return Node(common_type([value.type for value in values]), run)


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.VALUE_IF: _value_if,
    Verb.COALESCE: _coalesce,
    Verb.DECODE: _decode,
}
