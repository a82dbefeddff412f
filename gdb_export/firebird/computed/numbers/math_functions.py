"""Mathematical system functions, with the result types and errors of the engine."""

import math
from collections.abc import Callable
from decimal import Decimal

from gdb_export.firebird.computed.blr.descriptors import (
    DECFLOAT_34,
    DOUBLE,
    SHORT,
    WIDE_TYPES,
    exact_type,
    is_numeric,
)
from gdb_export.firebird.computed.blr.nodes import Node, Scope, null_propagating
from gdb_export.firebird.computed.blr.parser import FunctionBuilder, Parser, SystemFunction
from gdb_export.firebird.computed.conditions.common_type import common_type
from gdb_export.firebird.computed.conditions.comparators import comparator_for
from gdb_export.firebird.computed.numbers.arithmetic import decfloat_result, finite
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34, to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.decfloat import DIGITS_34, DecFloat
from gdb_export.firebird.values.exact import exact, is_exact_value, scale_of, unscaled
from gdb_export.firebird.values.value_types import Value

_E = DIGITS_34.create_decimal("2.718281828459045235360287471352662497757")
# First ODS (Firebird 4) whose MAXVALUE and MINVALUE convert their result to the common type
ODS_CONVERTING_EXTREMES = (13, 0)


# ---------------------------------------------------------------- doubles
def _double_function(function: Callable[..., float]) -> FunctionBuilder:
    """Computes with doubles; a ValueError of the function means that an argument is outside its
    domain."""

    def compute(*values: Value) -> float:
        try:
            result = function(*(to_double(value) for value in values))
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise EvaluationError("an argument outside the domain of its function") from error
        return finite(result)

    def build(parser: Parser, *arguments: Node) -> Node:
        return null_propagating(DOUBLE, compute, *arguments)

    return build


def _double_or_decfloat_function(
    function: Callable[..., float], decimal_function: Callable[..., Decimal]
) -> FunctionBuilder:
    """Computes DECFLOAT and INT128 arguments with 34 digits, others as doubles."""
    build_double = _double_function(function)

    def compute(*values: Value) -> DecFloat:
        operands = [to_decfloat_34(value).value for value in values]
        return decfloat_result(decimal_function(*operands), *operands)

    def build(parser: Parser, *arguments: Node) -> Node:
        if any(argument.type.dtype in WIDE_TYPES for argument in arguments):
            return null_propagating(DECFLOAT_34, compute, *arguments)
        return build_double(parser, *arguments)

    return build


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError
    return value


def _natural_logarithm(value: float) -> float:
    return math.log(_positive(value))


def _decimal_logarithm(value: float) -> float:
    return math.log10(_positive(value))


def _logarithm(base: float, value: float) -> float:
    return _natural_logarithm(value) / _natural_logarithm(base)


def _decfloat_exp(exponent: Decimal) -> Decimal:
    return DIGITS_34.power(_E, exponent)


def _decfloat_logarithm(base: Decimal, value: Decimal) -> Decimal:
    return DIGITS_34.divide(DIGITS_34.ln(value), DIGITS_34.ln(base))


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
    node = _double_or_decfloat_function(math.pow, DIGITS_34.power)(parser, base, exponent)
    if node.type.dtype != Dtype.DOUBLE:
        return node

    def run(scope: Scope) -> Value | None:
        x, y = base.run(scope), exponent.run(scope)
        if x is None or y is None:
            return None
        is_whole = is_exact_value(y) and to_double(y).is_integer()
        if to_double(x) < 0 and not is_whole:
            raise EvaluationError("a negative number to the power of a fraction")
        return node.run(scope)

    return Node(DOUBLE, run)


# ---------------------------------------------------------------- MAXVALUE, MINVALUE
def _extreme(sign: int) -> FunctionBuilder:
    """MAXVALUE for sign 1, MINVALUE for sign -1: the first of several equal extremes."""

    def build(parser: Parser, *arguments: Node) -> Node:
        result = common_type([argument.type for argument in arguments])
        ods = parser.ods
        types = [argument.type for argument in arguments]
        # one for each pair of distinct types: at most as many as pairs of arguments, usually one
        comparators = {(a, b): comparator_for(parser, a, b) for a in set(types) for b in set(types)}

        def compute(*values: Value) -> Value:
            best = 0
            for i in range(1, len(values)):
                if sign * comparators[types[i], types[best]](values[i], values[best]) > 0:
                    best = i
            value = values[best]
            if ods < ODS_CONVERTING_EXTREMES:
                return value
            return convert(value, arguments[best].type, result, ods)

        return null_propagating(result, compute, *arguments)

    return build


FUNCTIONS: dict[str, SystemFunction] = {
    "ABS": (1, 1, _abs),
    "ACOS": (1, 1, _double_function(math.acos)),
    "ACOSH": (1, 1, _double_function(math.acosh)),
    "ASIN": (1, 1, _double_function(math.asin)),
    "ASINH": (1, 1, _double_function(math.asinh)),
    "ATAN": (1, 1, _double_function(math.atan)),
    "ATANH": (1, 1, _double_function(math.atanh)),
    "ATAN2": (2, 2, _double_function(_arc_tangent)),
    "COS": (1, 1, _double_function(math.cos)),
    "COSH": (1, 1, _double_function(math.cosh)),
    "COT": (1, 1, _double_function(_cotangent)),
    "EXP": (1, 1, _double_or_decfloat_function(math.exp, _decfloat_exp)),
    "LN": (1, 1, _double_or_decfloat_function(_natural_logarithm, DIGITS_34.ln)),
    "LOG": (2, 2, _double_or_decfloat_function(_logarithm, _decfloat_logarithm)),
    "LOG10": (1, 1, _double_or_decfloat_function(_decimal_logarithm, DIGITS_34.log10)),
    "MAXVALUE": (1, 255, _extreme(1)),
    "MINVALUE": (1, 255, _extreme(-1)),
    "PI": (0, 0, _double_function(lambda: math.pi)),
    "POWER": (2, 2, _power),
    "SIGN": (1, 1, _sign),
    "SIN": (1, 1, _double_function(math.sin)),
    "SINH": (1, 1, _double_function(math.sinh)),
    "SQRT": (1, 1, _double_or_decfloat_function(math.sqrt, DIGITS_34.sqrt)),
    "TAN": (1, 1, _double_function(math.tan)),
    "TANH": (1, 1, _double_function(math.tanh)),
}
