"""ROUND, TRUNC, CEIL, FLOOR and MOD."""

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from gdb_export.firebird.computed.blr.descriptors import (
    DECFLOAT_34,
    DECFLOAT_TYPES,
    DOUBLE,
    INT64,
    LONG,
    WIDE_TYPES,
    exact_type,
    is_exact,
)
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import FunctionBuilder, Parser, SystemFunction
from gdb_export.firebird.computed.numbers.arithmetic import check_divisor
from gdb_export.firebird.conversions.number_conversions import to_double, to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DIGITS_34, DecFloat
from gdb_export.firebird.values.exact import (
    exact,
    is_exact_value,
    scale_of,
    truncated_quotient,
    unscaled,
)
from gdb_export.firebird.values.value_types import Value

_MAX_SCALE = 127  # a scale is an s8


def _digits(value: Value) -> int:
    """The number of decimals to round to, within the range of scales."""
    digits = to_integer(value, None, 0, 32)
    if not -_MAX_SCALE - 1 <= digits <= _MAX_SCALE:
        raise EvaluationError(f"rounding to {digits} decimals")
    return digits


def _round(parser: Parser, operand: Node, digits: Node | None = None) -> Node:
    bits = 128 if operand.type.dtype in WIDE_TYPES else 64

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

    is_decimal = is_exact(operand.type) or operand.type.dtype in DECFLOAT_TYPES
    return _with_digits(operand, digits, compute, operand.type if is_decimal else DOUBLE)


def _with_digits(
    operand: Node, digits: Node | None, compute: Callable[..., Value], result: Descriptor
) -> Node:
    """The node of ROUND or TRUNC. Without the argument `digits` an exact result has scale 0."""
    if digits is not None:
        return null_propagating(result, compute, operand, digits)
    if is_exact(result):
        result = exact_type(Dtype(result.dtype), 0)
    return null_propagating(result, compute, operand)


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
    """Truncates in the steps of the engine, which determine the exponent of the result."""
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
    return value.to_integral_value(ROUND_DOWN, DIGITS_34)


def _to_whole(rounding: str, round_double: Callable[[float], int]) -> FunctionBuilder:
    """CEIL and FLOOR; a double keeps the sign of zero."""

    def compute(value: Value) -> Value:
        if is_exact_value(value):
            return int(Decimal(value).to_integral_value(rounding))
        if isinstance(value, DecFloat):
            return DecFloat(value.value.to_integral_value(rounding, DIGITS_34))
        number = to_double(value)
        return math.copysign(round_double(number), number) if math.isfinite(number) else number

    def build(parser: Parser, operand: Node) -> Node:
        if operand.type.dtype == Dtype.SHORT:
            result = LONG
        elif is_exact(operand.type):
            is_wide = operand.type.dtype == Dtype.INT128
            result = exact_type(Dtype.INT128, 0) if is_wide else INT64
        else:
            result = DECFLOAT_34 if operand.type.dtype in DECFLOAT_TYPES else DOUBLE
        return null_propagating(result, compute, operand)

    return build


def _mod(parser: Parser, dividend: Node, divisor: Node) -> Node:
    """The remainder has the sign of the dividend."""
    is_wide = dividend.type.dtype == Dtype.INT128
    bits = 128 if is_wide else 64

    def compute(a: Value, b: Value) -> int:
        x, y = to_integer(a, dividend.type, 0, bits), to_integer(b, divisor.type, 0, bits)
        check_divisor(y)
        return x - y * truncated_quotient(x, y)

    dtype = Dtype(dividend.type.dtype)
    result = exact_type(dtype, 0) if is_exact(dividend.type) else INT64
    return null_propagating(result, compute, dividend, divisor)


FUNCTIONS: dict[str, SystemFunction] = {
    "CEIL": (1, 1, _to_whole(ROUND_CEILING, math.ceil)),
    "CEILING": (1, 1, _to_whole(ROUND_CEILING, math.ceil)),
    "FLOOR": (1, 1, _to_whole(ROUND_FLOOR, math.floor)),
    "MOD": (2, 2, _mod),
    "ROUND": (1, 2, _round),
    "TRUNC": (1, 2, _trunc),
}
