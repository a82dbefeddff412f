"""Values that are chosen among others: CASE, COALESCE, DECODE, NULLIF, IIF."""

from gdb_export.firebird.computed.blr.datatypes import read_type
from gdb_export.firebird.computed.blr.nodes import (
    UNKNOWN,
    ZONED_TYPES,
    Node,
    Scope,
    exact_type,
    is_date,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
    text_type,
)
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.primaries import cast
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions.comparators import compare
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value

_BEGIN, _END = 2, 255
_DECLARE_VARIABLE, _ASSIGNMENT = 3, 1


def _value_if(parser: Parser, _: Verb) -> Node:
    condition, then, otherwise = parser.values(3)
    test, run_then, run_otherwise = condition.run, then.run, otherwise.run

    def run(scope: Scope) -> Value | None:
        return run_then(scope) if test(scope) else run_otherwise(scope)

    # The engine takes the type of the first branch, and not what holds both
    first = otherwise.type if is_unknown(then.type) else then.type
    common = common_type([then.type, otherwise.type])
    return Node(first if is_text(first) or not is_text(common) else common, run)


def _coalesce(parser: Parser, _: Verb) -> Node:
    items = parser.values(parser.code.u8())
    runs = [item.run for item in items]

    def run(scope: Scope) -> Value | None:
        for one in runs:
            value = one(scope)
            if value is not None:
                return value
        return None

    return Node(common_type([item.type for item in items]), run)


def _decode(parser: Parser, _: Verb) -> Node:
    test = parser.value()
    conditions = parser.values(parser.code.u8())
    values = parser.values(parser.code.u8())
    if len(values) < len(conditions):
        raise UnsupportedExpression("is a DECODE with fewer values than conditions")
    pairs = [
        (compare(parser, test.type, condition.type, True), condition.run, value.run)
        for condition, value in zip(conditions, values, strict=False)
    ]
    otherwise = values[len(conditions)].run if len(values) > len(conditions) else None

    def run(scope: Scope) -> Value | None:
        tested = test.run(scope)
        if tested is not None:
            for order, condition, value in pairs:
                candidate = condition(scope)
                if candidate is not None and order(tested, candidate) == 0:
                    return value(scope)
        return otherwise(scope) if otherwise else None

    return Node(common_type([value.type for value in values]), run)


def common_type(types: list[Descriptor]) -> Descriptor:
    """The type that holds values of all of them, NULLs left out."""
    known = [one for one in types if not is_unknown(one)]
    if not known:
        return UNKNOWN
    first = known[0]
    if all(one == first for one in known):
        return first
    if all(is_exact(one) for one in known):
        scale = min(one.scale for one in known)
        widest = max((one.dtype for one in known), key=_width)
        return exact_type(Dtype(widest), scale)
    if all(is_numeric(one) for one in known):
        return max((one for one in known if not is_exact(one)), key=lambda one: one.dtype)
    if any(is_text(one) for one in known):
        return _common_text(known)
    if all(is_date(one) for one in known):
        return max(known, key=lambda one: one.dtype in ZONED_TYPES)
    return text_type()


def _width(dtype: int) -> int:
    return (Dtype.SHORT, Dtype.LONG, Dtype.QUAD, Dtype.INT64, Dtype.INT128).index(Dtype(dtype))


def _common_text(types: list[Descriptor]) -> Descriptor:
    """The first charset that says something: NONE gives way to any other."""
    texts = [one for one in types if is_text(one)]
    blob = next((one for one in texts if one.dtype == Dtype.BLOB), None)
    if blob is not None:
        return blob
    return text_type(next((one.sub_type for one in texts if one.charset_id), 0))


# ---------------------------------------------------------------- variables inside expressions
def _statement_value(parser: Parser, _: Verb) -> Node:
    """Firebird 2.5 keeps the tested value of a CASE or COALESCE in a variable: a statement that
    declares it, assigns it, or both, and then a value."""
    assignments = _statement(parser)
    value = parser.value()

    def run(scope: Scope) -> Value | None:
        for number, source in assignments:
            scope.variables[number] = source.run(scope)
        return value.run(scope)

    return Node(value.type, run)


def _statement(parser: Parser) -> list[tuple[int, Node]]:
    """The assignments of a statement, or of a block of them."""
    number = parser.code.u8()
    if number != _BEGIN:
        return _simple_statement(parser, number)
    assignments = []
    while (number := parser.code.u8()) != _END:
        assignments += _simple_statement(parser, number)
    return assignments


def _simple_statement(parser: Parser, number: int) -> list[tuple[int, Node]]:
    if number == _ASSIGNMENT:
        return [_assignment(parser)]
    if number != _DECLARE_VARIABLE:
        raise UnsupportedExpression(f"holds the statement {number}")
    variable = parser.code.u16()
    parser.variables[variable] = read_type(parser.code)
    return []


def _assignment(parser: Parser) -> tuple[int, Node]:
    source = parser.value()
    verb, variable = parser.code.u8(), parser.code.u16()
    target = parser.variables.get(variable)
    if verb != Verb.VARIABLE or target is None:
        raise UnsupportedExpression("assigns to what is no variable")
    return variable, Node(target, cast(parser, source, target))


def _variable(parser: Parser, _: Verb) -> Node:
    number = parser.code.u16()
    descriptor = parser.variables.get(number)
    if descriptor is None:
        raise UnsupportedExpression("needs a variable")
    return Node(descriptor, lambda scope: scope.variables.get(number))


VERB_PARSERS: dict[int, Reader] = {
    Verb.VALUE_IF: _value_if,
    Verb.COALESCE: _coalesce,
    Verb.DECODE: _decode,
    Verb.STMT_EXPR: _statement_value,
    Verb.VARIABLE: _variable,
}
