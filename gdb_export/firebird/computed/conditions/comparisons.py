"""Conditions: comparisons, ranges, lists, NULL tests and their combinations. Unknown is None."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.descriptors import BOOLEAN
from gdb_export.firebird.computed.blr.nodes import Equality, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions.comparators import comparator_for

# ---------------------------------------------------------------- comparisons
_TESTS: dict[Verb, Callable[[int], bool]] = {
    Verb.EQL: lambda order: order == 0,
    Verb.NEQ: lambda order: order != 0,
    Verb.GTR: lambda order: order > 0,
    Verb.GEQ: lambda order: order >= 0,
    Verb.LSS: lambda order: order < 0,
    Verb.LEQ: lambda order: order <= 0,
}


def _comparison(parser: Parser, verb: Verb) -> Node:
    start = len(parser.fields)
    left = parser.value()
    middle = len(parser.fields)
    right = parser.value()
    test = _TESTS[verb]
    compare = comparator_for(parser, left.type, right.type, verb in (Verb.EQL, Verb.NEQ))

    def run(scope: Scope) -> bool | None:
        a, b = left.run(scope), right.run(scope)
        return None if a is None or b is None else test(compare(a, b))

    if verb != Verb.EQL:
        return Node(BOOLEAN, run)
    left_contexts = tuple(context for context, _ in parser.fields[start:middle])
    right_contexts = tuple(context for context, _ in parser.fields[middle:])
    equality = Equality(left, right, left_contexts, right_contexts)
    return Node(BOOLEAN, run, equalities=(equality,), is_equality=True)


def _equivalence(parser: Parser, _: Verb) -> Node:
    """IS NOT DISTINCT FROM: NULL equals NULL."""
    left, right = parser.values(2)
    compare = comparator_for(parser, left.type, right.type, for_equality=True)

    def run(scope: Scope) -> bool:
        a, b = left.run(scope), right.run(scope)
        return a is b if a is None or b is None else compare(a, b) == 0

    return Node(BOOLEAN, run)


def _between(parser: Parser, _: Verb) -> Node:
    operand, low, high = parser.values(3)
    compare_low = comparator_for(parser, operand.type, low.type)
    compare_high = comparator_for(parser, operand.type, high.type)

    def run(scope: Scope) -> bool | None:
        value, minimum, maximum = operand.run(scope), low.run(scope), high.run(scope)
        if value is None:
            return None
        return _and(
            None if minimum is None else compare_low(value, minimum) >= 0,
            None if maximum is None else compare_high(value, maximum) <= 0,
        )

    return Node(BOOLEAN, run)


def _in_list(parser: Parser, _: Verb) -> Node:
    operand = parser.value()
    items = [
        (item, comparator_for(parser, operand.type, item.type, for_equality=True))
        for item in parser.values(parser.blr.u16())
    ]

    def run(scope: Scope) -> bool | None:
        value = operand.run(scope)
        if value is None:
            return None
        result: bool | None = False
        for item, compare in items:
            candidate = item.run(scope)
            if candidate is None:
                result = None
            elif compare(value, candidate) == 0:
                return True
        return result

    return Node(BOOLEAN, run)


def _missing(parser: Parser, _: Verb) -> Node:
    """IS NULL."""
    operand = parser.value()
    return Node(BOOLEAN, lambda scope: operand.run(scope) is None)


# ---------------------------------------------------------------- combinations
def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _and_or(parser: Parser, verb: Verb) -> Node:
    """AND and OR; the second operand is not evaluated if the first one decides the result."""
    left, right = parser.values(2)
    decisive = verb == Verb.OR

    def run(scope: Scope) -> bool | None:
        a = left.run(scope)
        if a is decisive:
            return decisive
        b = right.run(scope)
        if b is decisive:
            return decisive
        return None if a is None or b is None else not decisive

    equalities = left.equalities + right.equalities if verb == Verb.AND else ()
    return Node(BOOLEAN, run, equalities=equalities)


def _not(parser: Parser, _: Verb) -> Node:
    operand = parser.value()

    def run(scope: Scope) -> bool | None:
        value = operand.run(scope)
        return None if value is None else not value

    return Node(BOOLEAN, run)


def _bool_as_value(parser: Parser, _: Verb) -> Node:
    return parser.value()


VERB_PARSERS: dict[int, VerbParser] = {
    **dict.fromkeys(_TESTS, _comparison),
    Verb.EQUIV: _equivalence,
    Verb.BETWEEN: _between,
    Verb.IN_LIST: _in_list,
    Verb.MISSING: _missing,
    Verb.AND: _and_or,
    Verb.OR: _and_or,
    Verb.NOT: _not,
    Verb.BOOL_AS_VALUE: _bool_as_value,
}
