"""Conditions: comparisons, ranges, patterns, NULL tests and their combinations. Unknown is None."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from job.firebird.blr.nodes import (
    BOOLEAN,
    DECFLOAT_TYPES,
    Charsets,
    Equality,
    Node,
    Scope,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
)
from job.firebird.blr.parser import Parser, Reader
from job.firebird.blr.text_case import upper
from job.firebird.blr.text_charsets import charset_of, check_binary_collation
from job.firebird.blr.verbs import Verb
from job.firebird.conversions import (
    convert,
)
from job.firebird.errors import EvaluationError, UnsupportedExpression
from job.firebird.formats import Descriptor
from job.firebird.number_conversions import (
    to_decfloat_34,
    to_double,
    to_integer,
    to_real,
)
from job.firebird.number_text import parse_exact
from job.firebird.ods import TEXT_TYPES, Dtype
from job.firebird.text_conversions import (
    to_text,
)
from job.firebird.value_types import (
    Value,
    as_str,
)

# Negative, zero or positive, as the first value is less, equal or greater
Order = Callable[[Value, Value], int]
# Which type two values of different types are compared as: the later in this list
_PRIORITY = (
    Dtype.TEXT,
    Dtype.CSTRING,
    Dtype.VARYING,
    Dtype.SHORT,
    Dtype.LONG,
    Dtype.INT64,
    Dtype.QUAD,
    Dtype.INT128,
    Dtype.REAL,
    Dtype.DOUBLE,
    Dtype.D_FLOAT,
    Dtype.DEC64,
    Dtype.DEC128,
    Dtype.DATE,
    Dtype.TIME,
    Dtype.TIME_TZ,
    Dtype.TIMESTAMP,
    Dtype.TIMESTAMP_TZ,
    Dtype.BLOB,
    Dtype.BOOLEAN,
)
# Firebird 4 was the first to compare a number with all the digits of a text
ODS_WITH_NUMERIC_TEXT = (13, 0)


def compare(parser: Parser, left: Descriptor, right: Descriptor) -> Order:
    """How values of the two types are ordered; UnsupportedExpression where that is not known."""
    if is_unknown(left) or is_unknown(right):
        return lambda a, b: 0
    if left.dtype not in _PRIORITY or right.dtype not in _PRIORITY:
        raise UnsupportedExpression("compares values of types that have no order")
    if is_text(left) and is_text(right):
        return _text_order(parser.context.charsets, left, right)
    if _PRIORITY.index(Dtype(left.dtype)) < _PRIORITY.index(Dtype(right.dtype)):
        order = _typed_order(right, left, parser.ods)
        return lambda a, b: -order(b, a)
    return _typed_order(left, right, parser.ods)


def _sign(a: Value, b: Value) -> int:
    return int(a > b) - int(a < b)


def _typed_order(first: Descriptor, second: Descriptor, ods: tuple[int, int]) -> Order:
    """`first` is the type that both values are compared as."""
    if is_numeric(first):
        return _numeric_order(first, second, ods)
    plain = Descriptor(first.dtype)

    def order(a: Value, b: Value) -> int:
        x: Value = convert(a, None, plain, ods)
        y: Value = convert(b, None, plain, ods)
        if first.dtype == Dtype.TIME_TZ:
            return _sign(x.ticks, y.ticks)
        if first.dtype == Dtype.TIMESTAMP_TZ:
            return _sign((x.days, x.ticks), (y.days, y.ticks))
        return _sign(x, y)

    return order


def _numeric_order(first: Descriptor, second: Descriptor, ods: tuple[int, int]) -> Order:
    if second.dtype in TEXT_TYPES and ods >= ODS_WITH_NUMERIC_TEXT:
        return _order_with_text
    if first.dtype in DECFLOAT_TYPES:
        return lambda a, b: _sign(to_decfloat_34(a).value, to_decfloat_34(b).value)
    if first.dtype == Dtype.REAL:
        return lambda a, b: _sign(to_real(a), to_real(b))
    if not is_exact(first):
        return lambda a, b: _sign(to_double(a), to_double(b))
    if is_exact(second):
        return _sign
    scale = min(first.scale, second.scale)
    return lambda a, b: _sign(to_integer(a, first, scale, 128), to_integer(b, second, scale, 128))


def _order_with_text(number: Value, text: Value) -> int:
    mantissa, scale = parse_exact(as_str(text))
    other = Fraction(mantissa) * Fraction(10) ** scale
    if isinstance(number, float):
        return _sign(number, float(other))
    if isinstance(number, int | Decimal):
        return _sign(Fraction(number), other)
    return _sign(Fraction(to_decfloat_34(number).value), other)


def _text_order(charsets: Charsets, left: Descriptor, right: Descriptor) -> Order:
    check_binary_collation(left, right)
    charset = charset_of(left) or charset_of(right)

    def order(a: Value, b: Value) -> int:
        if isinstance(a, str) and isinstance(b, str) and a.isascii() and b.isascii():
            width = max(len(a), len(b))
            return _sign(a.ljust(width), b.ljust(width))
        x, y = charsets.encode(a, charset), charsets.encode(b, charset)
        pad = b" " if isinstance(a, str) and isinstance(b, str) else b"\0"
        width = max(len(x), len(y))
        return _sign(x.ljust(width, pad), y.ljust(width, pad))

    return order


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
    order, test = compare(parser, left.type, right.type), _TESTS[verb]

    def run(scope: Scope) -> bool | None:
        a, b = left.run(scope), right.run(scope)
        return None if a is None or b is None else test(order(a, b))

    if verb != Verb.EQL:
        return Node(BOOLEAN, run)
    contexts = [context for context, _ in parser.fields[start:]]
    equality = Equality(
        left,
        right,
        frozenset(contexts[: middle - start]),
        frozenset(contexts[middle - start :]),
    )
    return Node(BOOLEAN, run, equalities=(equality,))


def _equivalence(parser: Parser, _: Verb) -> Node:
    """IS NOT DISTINCT FROM: NULL equals NULL."""
    left, right = parser.values(2)
    order = compare(parser, left.type, right.type)

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
    orders = [compare(parser, value.type, item.type) for item in items]

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


# ---------------------------------------------------------------- patterns
def _pattern(parser: Parser, verb: Verb) -> Node:
    """LIKE (with an escape in ANSI_LIKE), STARTING WITH and CONTAINING."""
    value, pattern = parser.values(2)
    escape = parser.value() if verb == Verb.ANSI_LIKE else None
    check_binary_collation(value.type)
    ods, descriptor, case = parser.ods, value.type, parser.context

    def run(scope: Scope) -> bool | None:
        text, wanted = value.run(scope), pattern.run(scope)
        mark = escape.run(scope) if escape else ""
        if text is None or wanted is None or mark is None:
            return None
        source = as_str(to_text(text, value.type, ods))
        wanted = as_str(to_text(wanted, pattern.type, ods))
        if verb == Verb.STARTING:
            return source.startswith(wanted)
        if verb == Verb.CONTAINING:
            return upper(wanted, descriptor, case) in upper(source, descriptor, case)
        if escape and len(as_str(mark)) != 1:
            raise EvaluationError("the escape of LIKE is not one character")
        return _matches(source, _compiled(wanted, as_str(mark)))

    return Node(BOOLEAN, run)


_ANY_ONE, _ANY_MANY = "_", "%"


def _compiled(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """Characters of the pattern, and whether each is a wildcard."""
    compiled = []
    characters = iter(pattern)
    for character in characters:
        if escape and character == escape:
            character = next(characters, "")
            if character not in (escape, _ANY_ONE, _ANY_MANY) or not character:
                raise EvaluationError("the escape of LIKE stands before no wildcard")
            compiled.append((character, False))
        else:
            compiled.append((character, character in (_ANY_ONE, _ANY_MANY)))
    return compiled


def _matches(text: str, pattern: list[tuple[str, bool]]) -> bool:
    """Goes back to the last % only: never more than len(text) * len(pattern) steps."""
    at, in_pattern = 0, 0
    resume: tuple[int, int] | None = None
    while at < len(text):
        item = pattern[in_pattern] if in_pattern < len(pattern) else None
        if item == (_ANY_MANY, True):
            in_pattern += 1
            resume = (at, in_pattern)
        elif item is not None and (item == (_ANY_ONE, True) or item == (text[at], False)):
            at, in_pattern = at + 1, in_pattern + 1
        elif resume is not None:
            resume = (resume[0] + 1, resume[1])
            at, in_pattern = resume
        else:
            return False
    return all(item == (_ANY_MANY, True) for item in pattern[in_pattern:])


READERS: dict[int, Reader] = {
    **dict.fromkeys(_TESTS, _comparison),
    Verb.EQUIV: _equivalence,
    Verb.BETWEEN: _between,
    Verb.IN_LIST: _in_list,
    Verb.MISSING: _missing,
    Verb.AND: _conjunction,
    Verb.OR: _conjunction,
    Verb.NOT: _not,
    Verb.BOOL_AS_VALUE: _bool_as_value,
    Verb.LIKE: _pattern,
    Verb.ANSI_LIKE: _pattern,
    Verb.STARTING: _pattern,
    Verb.CONTAINING: _pattern,
}
