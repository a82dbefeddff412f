"""Functions of numbers, as the engine's system functions compute them."""

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from job.firebird.blr.arithmetic import decfloat_result
from job.firebird.blr.choices import common_type
from job.firebird.blr.comparisons import compare
from job.firebird.blr.nodes import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    INT64,
    LONG,
    SHORT,
    Node,
    Scope,
    exact_type,
    is_exact,
    is_numeric,
)
from job.firebird.blr.parser import Parser
from job.firebird.conversions import (
    convert,
)
from job.firebird.decfloat import DIGITS_34, DecFloat
from job.firebird.errors import EvaluationError
from job.firebird.exact import Exact, exact, scale_of, truncated_quotient, unscaled
from job.firebird.formats import Descriptor
from job.firebird.number_conversions import (
    to_decfloat_34,
    to_double,
    to_integer,
)
from job.firebird.ods import Dtype
from job.firebird.value_types import (
    Value,
)

Builder = Callable[..., Node]
_LARGEST_SCALE = 127
_E = DIGITS_34.create_decimal("2.718281828459045235360287471352662497757")
ODS_THAT_CONVERTS_EXTREMES = (13, 0)


def strict(result: Descriptor, function: Callable[..., Value], *arguments: Node) -> Node:
    """NULL where any argument is, else the function of the values."""
    runs = [one.run for one in arguments]

    def run(scope: Scope) -> Value | None:
        values = [one(scope) for one in runs]
        return None if any(value is None for value in values) else function(*values)

    return Node(result, run)


def is_exact_value(value: Value) -> bool:
    return isinstance(value, Exact) and not isinstance(value, bool)


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
        return strict(DOUBLE, compute, *arguments)

    return build


def _of_doubles_or_decimals(
    function: Callable[..., float], decimal_function: Callable[..., Decimal]
) -> Builder:
    """DECFLOAT and INT128 arguments are computed with 34 digits, others as doubles."""
    of_doubles = _of_doubles(function)

    def compute(*values: Value) -> DecFloat:
        return decfloat_result(decimal_function(*(to_decfloat_34(one).value for one in values)))

    def build(parser: Parser, *arguments: Node) -> Node:
        wide = DECFLOAT_TYPES | {Dtype.INT128}
        if any(one.type.dtype in wide for one in arguments):
            return strict(DECFLOAT_34, compute, *arguments)
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
    return strict(result, compute, operand)


def _sign(parser: Parser, operand: Node) -> Node:
    def compute(value: Value) -> int:
        number = value.value if isinstance(value, DecFloat) else to_double(value)
        return (number > 0) - (number < 0)

    return strict(SHORT, compute, operand)


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


# ---------------------------------------------------------------- ROUND, TRUNC, CEIL, FLOOR, MOD
def _digits(value: Value) -> int:
    scale = to_integer(value, None, 0, 32)
    if not -_LARGEST_SCALE - 1 <= scale <= _LARGEST_SCALE:
        raise EvaluationError(f"{scale} decimals")
    return scale


def _round(parser: Parser, operand: Node, digits: Node | None = None) -> Node:
    bits = 128 if operand.type.dtype in DECFLOAT_TYPES | {Dtype.INT128} else 64

    def compute(value: Value, decimals: Value = 0) -> Value:
        scale = -_digits(decimals)
        if is_exact_value(value):
            scale = max(scale, scale_of(value))
        return exact(to_integer(value, operand.type, scale, bits), scale)

    return _with_digits(operand, digits, compute, operand.type)


def _trunc(parser: Parser, operand: Node, digits: Node | None = None) -> Node:
    def compute(value: Value, decimals: Value = 0) -> Value:
        scale = -_digits(decimals)
        if is_exact_value(value):
            scale = max(scale, scale_of(value))
            quotient = truncated_quotient(unscaled(value), 10 ** (scale - scale_of(value)))
            return exact(quotient, scale)
        if isinstance(value, DecFloat):
            return DecFloat(_truncated_decimal(value.value, scale))
        return _truncated_double(to_double(value), scale)

    keeps = is_exact(operand.type) or operand.type.dtype in DECFLOAT_TYPES
    return _with_digits(operand, digits, compute, operand.type if keeps else DOUBLE)


def _with_digits(
    operand: Node, digits: Node | None, compute: Callable[..., Value], result: Descriptor
) -> Node:
    if digits is not None:
        return strict(result, compute, operand, digits)
    plain = exact_type(Dtype(result.dtype), 0) if is_exact(result) else result
    return strict(plain, compute, operand)


def _truncated_double(value: float, scale: int) -> float:
    if math.isnan(value) or math.isinf(value):
        return value
    if scale > 0:
        unit = float(10**scale)
        return math.trunc(value / unit) * unit
    fraction, whole = math.modf(value)
    if not scale:
        return whole
    unit = float(10**-scale)
    return whole + math.trunc(fraction * unit) / unit


def _truncated_decimal(value: Decimal, scale: int) -> Decimal:
    """In the steps of the engine, which decide the exponent of the result."""
    if not value.is_finite():
        return value
    unit = Decimal(10 ** abs(scale))
    if scale > 0:
        return DIGITS_34.multiply(_integral(DIGITS_34.divide(value, unit)), unit)
    whole = _integral(value)
    if not scale:
        return whole
    fraction = DIGITS_34.multiply(DIGITS_34.subtract(value, whole), unit)
    return DIGITS_34.add(whole, DIGITS_34.divide(_integral(fraction), unit))


def _integral(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_DOWN)


def _whole(rounding: str, of_double: Callable[[float], int]) -> Builder:
    def compute(value: Value) -> Value:
        if is_exact_value(value):
            return int(Decimal(value).to_integral_value(rounding))
        if isinstance(value, DecFloat):
            return DecFloat(value.value.to_integral_value(rounding))
        number = to_double(value)
        return math.copysign(of_double(number), number) if math.isfinite(number) else number

    def build(parser: Parser, operand: Node) -> Node:
        if operand.type.dtype == Dtype.SHORT:
            result = LONG
        elif is_exact(operand.type):
            is_wide = operand.type.dtype == Dtype.INT128
            result = exact_type(Dtype.INT128, 0) if is_wide else INT64
        else:
            result = DECFLOAT_34 if operand.type.dtype in DECFLOAT_TYPES else DOUBLE
        return strict(result, compute, operand)

    return build


def _mod(parser: Parser, dividend: Node, divisor: Node) -> Node:
    is_wide = dividend.type.dtype == Dtype.INT128
    bits = 128 if is_wide else 64

    def compute(a: Value, b: Value) -> int:
        x, y = to_integer(a, dividend.type, 0, bits), to_integer(b, divisor.type, 0, bits)
        if y == 0:
            raise EvaluationError("division by zero")
        return x - y * truncated_quotient(x, y)

    dtype = Dtype(dividend.type.dtype)
    result = exact_type(dtype, 0) if is_exact(dividend.type) else INT64
    return strict(result, compute, dividend, divisor)


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

        return strict(result, compute, *arguments)

    return build


# ---------------------------------------------------------------- bits
def _bits(operation: Callable[[int, int], int]) -> Builder:
    def build(parser: Parser, *arguments: Node) -> Node:
        is_wide = any(one.type.dtype == Dtype.INT128 for one in arguments)

        def compute(*values: Value) -> int:
            numbers = [to_integer(value, None, 0, 128 if is_wide else 64) for value in values]
            result = numbers[0]
            for number in numbers[1:]:
                result = operation(result, number)
            return result

        return strict(exact_type(Dtype.INT128, 0) if is_wide else INT64, compute, *arguments)

    return build


def _bin_not(parser: Parser, operand: Node) -> Node:
    return strict(INT64, lambda value: ~to_integer(value, None, 0, 64), operand)


def _shift(move: Callable[[int, int, int], int]) -> Builder:
    """`move` gets an unsigned number of so many bits, and the distance."""

    def build(parser: Parser, operand: Node, distance: Node) -> Node:
        bits = 128 if operand.type.dtype == Dtype.INT128 else 64

        def compute(value: Value, by: Value) -> int:
            number, places = to_integer(value, None, 0, bits), to_integer(by, None, 0, 64)
            if places < 0:
                raise EvaluationError("a shift by a negative number")
            result = move(number, places, bits) & (1 << bits) - 1
            return result - (1 << bits) if result >> (bits - 1) else result

        result = exact_type(Dtype.INT128, 0) if bits == 128 else INT64
        return strict(result, compute, operand, distance)

    return build


def _rotated(number: int, places: int, bits: int) -> int:
    unsigned, places = number & (1 << bits) - 1, places % bits
    return unsigned << places | unsigned >> (bits - places)


FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    "ABS": (1, 1, _abs),
    "ACOS": (1, 1, _of_doubles(math.acos)),
    "ACOSH": (1, 1, _of_doubles(math.acosh)),
    "ASIN": (1, 1, _of_doubles(math.asin)),
    "ASINH": (1, 1, _of_doubles(math.asinh)),
    "ATAN": (1, 1, _of_doubles(math.atan)),
    "ATANH": (1, 1, _of_doubles(math.atanh)),
    "ATAN2": (2, 2, _of_doubles(_arc_tangent)),
    "BIN_AND": (1, 255, _bits(lambda a, b: a & b)),
    "BIN_NOT": (1, 1, _bin_not),
    "BIN_OR": (1, 255, _bits(lambda a, b: a | b)),
    "BIN_SHL": (2, 2, _shift(lambda n, by, bits: n << by % bits)),
    "BIN_SHR": (2, 2, _shift(lambda n, by, bits: n >> by % bits)),
    "BIN_SHL_ROT": (2, 2, _shift(_rotated)),
    "BIN_SHR_ROT": (2, 2, _shift(lambda n, by, bits: _rotated(n, -by, bits))),
    "BIN_XOR": (1, 255, _bits(lambda a, b: a ^ b)),
    "CEIL": (1, 1, _whole(ROUND_CEILING, math.ceil)),
    "CEILING": (1, 1, _whole(ROUND_CEILING, math.ceil)),
    "COS": (1, 1, _of_doubles(math.cos)),
    "COSH": (1, 1, _of_doubles(math.cosh)),
    "COT": (1, 1, _of_doubles(_cotangent)),
    "EXP": (1, 1, _of_doubles_or_decimals(math.exp, lambda x: DIGITS_34.power(_E, x))),
    "FLOOR": (1, 1, _whole(ROUND_FLOOR, math.floor)),
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
    "MOD": (2, 2, _mod),
    "PI": (0, 0, _of_doubles(lambda: math.pi)),
    "POWER": (2, 2, _power),
    "ROUND": (1, 2, _round),
    "SIGN": (1, 1, _sign),
    "SIN": (1, 1, _of_doubles(math.sin)),
    "SINH": (1, 1, _of_doubles(math.sinh)),
    "SQRT": (1, 1, _of_doubles_or_decimals(math.sqrt, DIGITS_34.sqrt)),
    "TAN": (1, 1, _of_doubles(math.tan)),
    "TANH": (1, 1, _of_doubles(math.tanh)),
    "TRUNC": (1, 2, _trunc),
}
