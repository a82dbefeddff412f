"""Functions of numbers, as the engine's system functions compute them."""

import math
from collections.abc import Callable
from decimal import Decimal

from gdb_export.firebird.computed.blr.nodes import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    SHORT,
    Node,
    Scope,
    exact_type,
    is_numeric,
)
from gdb_export.firebird.computed.blr.null_propagating import null_propagating
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.conditions.comparators import compare
from gdb_export.firebird.computed.conditions.conditionals import common_type
from gdb_export.firebird.computed.numbers.arithmetic import decfloat_result
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34, to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.decfloat import DIGITS_34, DecFloat
from gdb_export.firebird.values.exact import exact, is_exact_value, scale_of, unscaled
from gdb_export.firebird.values.value_types import Value

Builder = Callable[..., Node]
_LARGEST_SCALE = 127
_E = DIGITS_34.create_decimal("2.718281828459045235360287471352662497757")
ODS_THAT_CONVERTS_EXTREMES = (13, 0)


# ---------------------------------------------------------------- doubles
def _of_doubles(function: Callable[..., float]) -> Builder:
    def compute(*values: Value) -> float:
        try:
            result = function(*(to_double(value) for value in values))
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise EvaluationError("a number outside the domain of its function") from error
        if math.isinf(result):
            raise EvaluationError("floating point overflow")
        return result

    def build(parser: Parser, *arguments: Node) -> Node:
        return null_propagating(DOUBLE, compute, *arguments)

    return build


def _of_doubles_or_decimals(
    function: Callable[..., float], decimal_function: Callable[..., Decimal]
) -> Builder:
    """DECFLOAT and INT128 arguments are computed with 34 digits, others as doubles."""
    of_doubles = _of_doubles(function)

    def compute(*values: Value) -> DecFloat:
        operands = [to_decfloat_34(one).value for one in values]
        return decfloat_result(decimal_function(*operands), *operands)

    def build(parser: Parser, *arguments: Node) -> Node:
        wide = DECFLOAT_TYPES | {Dtype.INT128}
        if any(one.type.dtype in wide for one in arguments):
            return null_propagating(DECFLOAT_34, compute, *arguments)
        return of_doubles(parser, *arguments)

    return build


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError
    return value


def _logarithm(base: float, value: float) -> float:
    return math.log(_positive(value)) / math.log(_positive(base))


def _arc_tangent(y: float, x: float) -> float:
    if x == y == 0:
        raise ValueError
    return math.atan2(y, x)


def _cotangent(value: float) -> float:
    return 1.0 / math.tan(value)


# ---------------------------------------------------------------- ABS, SIGN, POWER
def _abs(parser: Parser, operand: Node) -> Node:
    def compute(value: Value) -> Value:
        if isinstance(value, DecFloat):
            return DecFloat(value.value.copy_abs())
        if is_exact_value(value):
            bits = 128 if operand.type.dtype == Dtype.INT128 else 64
            scale = scale_of(value)
            return exact(to_integer(exact(abs(unscaled(value)), scale), None, scale, bits), scale)
        return abs(to_double(value))

    dtype = operand.type.dtype
    if dtype == Dtype.SHORT:
        result = exact_type(Dtype.LONG, operand.type.scale)
    elif dtype == Dtype.LONG:
        result = DOUBLE if parser.is_dialect_1 else exact_type(Dtype.INT64, operand.type.scale)
    else:
        result = operand.type if is_numeric(operand.type) else DOUBLE
    return null_propagating(result, compute, operand)


def _sign(parser: Parser, operand: Node) -> Node:
    def compute(value: Value) -> int:
        if isinstance(value, DecFloat) and value.value.is_nan():
            raise EvaluationError("the sign of NaN")
        number = value.value if isinstance(value, DecFloat) else to_double(value)
        return int(number > 0) - int(number < 0)

    return null_propagating(SHORT, compute, operand)


def _power(parser: Parser, base: Node, exponent: Node) -> Node:
    of_numbers = _of_doubles_or_decimals(math.pow, DIGITS_34.power)
    node = of_numbers(parser, base, exponent)
    if node.type.dtype != Dtype.DOUBLE:
        return node

    def run(scope: Scope) -> Value | None:
        x, y = base.run(scope), exponent.run(scope)
        if x is None or y is None:
            return None
        whole = is_exact_value(y) and to_double(y).is_integer()
        if to_double(x) < 0 and not whole:
            raise EvaluationError("a power of a negative number with a fraction")
        return node.run(scope)

    return Node(DOUBLE, run)


# ---------------------------------------------------------------- MAXVALUE, MINVALUE
def _extreme(sign: int) -> Builder:
    def build(parser: Parser, *arguments: Node) -> Node:
        result = common_type([one.type for one in arguments])
        ods = parser.ods
        pairs = [[compare(parser, a.type, b.type) for b in arguments] for a in arguments]

        def compute(*values: Value) -> Value:
            best = 0
            for i in range(1, len(values)):
                if sign * pairs[i][best](values[i], values[best]) > 0:
                    best = i
            value = values[best]
            if ods < ODS_THAT_CONVERTS_EXTREMES:
                return value
            return convert(value, arguments[best].type, result, ods)

        return null_propagating(result, compute, *arguments)

    return build


FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    "ABS": (1, 1, _abs),
    "ACOS": (1, 1, _of_doubles(math.acos)),
    "ACOSH": (1, 1, _of_doubles(math.acosh)),
    "ASIN": (1, 1, _of_doubles(math.asin)),
    "ASINH": (1, 1, _of_doubles(math.asinh)),
    "ATAN": (1, 1, _of_doubles(math.atan)),
    "ATANH": (1, 1, _of_doubles(math.atanh)),
    "ATAN2": (2, 2, _of_doubles(_arc_tangent)),
    "COS": (1, 1, _of_doubles(math.cos)),
    "COSH": (1, 1, _of_doubles(math.cosh)),
    "COT": (1, 1, _of_doubles(_cotangent)),
    "EXP": (1, 1, _of_doubles_or_decimals(math.exp, lambda x: DIGITS_34.power(_E, x))),
    "LN": (1, 1, _of_doubles_or_decimals(lambda x: math.log(_positive(x)), DIGITS_34.ln)),
    "LOG": (
        2,
        2,
        _of_doubles_or_decimals(
            _logarithm, lambda b, x: DIGITS_34.divide(DIGITS_34.ln(x), DIGITS_34.ln(b))
        ),
    ),
    "LOG10": (1, 1, _of_doubles_or_decimals(lambda x: math.log10(_positive(x)), DIGITS_34.log10)),
    "MAXVALUE": (1, 255, _extreme(1)),
    "MINVALUE": (1, 255, _extreme(-1)),
    "PI": (0, 0, _of_doubles(lambda: math.pi)),
    "POWER": (2, 2, _power),
    "SIGN": (1, 1, _sign),
    "SIN": (1, 1, _of_doubles(math.sin)),
    "SINH": (1, 1, _of_doubles(math.sinh)),
    "SQRT": (1, 1, _of_doubles_or_decimals(math.sqrt, DIGITS_34.sqrt)),
    "TAN": (1, 1, _of_doubles(math.tan)),
    "TANH": (1, 1, _of_doubles(math.tanh)),
}
