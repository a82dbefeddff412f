"""Conditions: comparisons, ranges, patterns, NULL tests and their combinations. Unknown is None."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import BOOLEAN, Equality, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions.comparators import compare

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
    order = compare(parser, left.type, right.type, verb in (Verb.EQL, Verb.NEQ))

    def run(scope: Scope) -> bool | None:
        a, b = left.run(scope), right.run(scope)
        return None if a is None or b is None else test(order(a, b))

    if verb != Verb.EQL:
        return Node(BOOLEAN, run)
    contexts = [context for context, _ in parser.fields[start:]]
    equality = Equality(
        left,
        right,
        tuple(contexts[: middle - start]),
        tuple(contexts[middle - start :]),
    )
    return Node(BOOLEAN, run, equalities=(equality,), is_equality=True)


def _equivalence(parser: Parser, _: Verb) -> Node:
    """IS NOT DISTINCT FROM: NULL equals NULL."""
    left, right = parser.values(2)
    order = compare(parser, left.type, right.type, for_equality=True)

    def run(scope: Scope) -> bool:
        a, b = left.run(scope), right.run(scope)
        return a is b if a is None or b is None else order(a, b) == 0

    return Node(BOOLEAN, run)


def _between(parser: Parser, _: Verb) -> Node:
    value, low, high = parser.values(3)
    from_low, to_high = (compare(parser, value.type, one.type) for one in (low, high))

    def run(scope: Scope) -> bool | None:
        tested, lowest, highest = value.run(scope), low.run(scope), high.run(scope)
        if tested is None:
            return None
        return _and(
            None if lowest is None else from_low(tested, lowest) >= 0,
            None if highest is None else to_high(tested, highest) <= 0,
        )

    return Node(BOOLEAN, run)


def _in_list(parser: Parser, _: Verb) -> Node:
    value = parser.value()
    items = parser.values(parser.code.u16())
    orders = [compare(parser, value.type, item.type, for_equality=True) for item in items]

    def run(scope: Scope) -> bool | None:
        tested = value.run(scope)
        if tested is None:
            return None
        found: bool | None = False
        for item, order in zip(items, orders, strict=True):
            candidate = item.run(scope)
            if candidate is None:
                found = None
            elif order(tested, candidate) == 0:
                return True
        return found

    return Node(BOOLEAN, run)


def _missing(parser: Parser, _: Verb) -> Node:
    operand = parser.value()
    return Node(BOOLEAN, lambda scope: operand.run(scope) is None)


# ---------------------------------------------------------------- combinations
def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _conjunction(parser: Parser, verb: Verb) -> Node:
    """AND and OR; the second is not run where the first decides."""
    left, right = parser.values(2)
    decisive = verb == Verb.OR

    def run(scope: Scope) -> bool | None:
        a: bool | None = left.run(scope)
        if a is decisive:
            return decisive
        b: bool | None = right.run(scope)
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


VERB_PARSERS: dict[int, Reader] = {
    **dict.fromkeys(_TESTS, _comparison),
    Verb.EQUIV: _equivalence,
    Verb.BETWEEN: _between,
    Verb.IN_LIST: _in_list,
    Verb.MISSING: _missing,
    Verb.AND: _conjunction,
    Verb.OR: _conjunction,
    Verb.NOT: _not,
    Verb.BOOL_AS_VALUE: _bool_as_value,
}
