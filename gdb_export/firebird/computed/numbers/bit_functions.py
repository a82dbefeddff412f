"""Bitwise functions of integers."""

from collections.abc import Callable
from functools import reduce

from gdb_export.firebird.computed.blr.descriptors import INT64, exact_type
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import FunctionBuilder, Parser, SystemFunction
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.value_types import Value


def _bitwise(operation: Callable[[int, int], int]) -> FunctionBuilder:
    """A function that applies the operation to all its arguments, from left to right."""

    def build(parser: Parser, *arguments: Node) -> Node:
        is_wide = any(argument.type.dtype == Dtype.INT128 for argument in arguments)
        bits = 128 if is_wide else 64

        def compute(*values: Value) -> int:
            return reduce(operation, [to_integer(value, None, 0, bits) for value in values])

        result = exact_type(Dtype.INT128, 0) if is_wide else INT64
        return null_propagating(result, compute, *arguments)

    return build


def _bin_not(parser: Parser, operand: Node) -> Node:
    return null_propagating(INT64, lambda value: ~to_integer(value, None, 0, 64), operand)


def _shift(move: Callable[[int, int, int], int]) -> FunctionBuilder:
    """A function that shifts bits.

    `move` takes a number, a distance and the width in bits; its result is cut to that width.
    """

    def build(parser: Parser, operand: Node, distance: Node) -> Node:
        bits = 128 if operand.type.dtype == Dtype.INT128 else 64

        def compute(value: Value, by: Value) -> int:
            number, shift = to_integer(value, None, 0, bits), to_integer(by, None, 0, 64)
            if shift < 0:
                raise EvaluationError("a shift by a negative number")
            unsigned = move(number, shift, bits) & (1 << bits) - 1
            return unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned

        result = exact_type(Dtype.INT128, 0) if bits == 128 else INT64
        return null_propagating(result, compute, operand, distance)

    return build


def _rotate_left(number: int, shift: int, bits: int) -> int:
    unsigned, shift = number & (1 << bits) - 1, shift % bits
    return unsigned << shift | unsigned >> (bits - shift)


FUNCTIONS: dict[str, SystemFunction] = {
    "BIN_AND": (1, 255, _bitwise(lambda a, b: a & b)),
    "BIN_NOT": (1, 1, _bin_not),
    "BIN_OR": (1, 255, _bitwise(lambda a, b: a | b)),
    "BIN_SHL": (2, 2, _shift(lambda number, shift, bits: number << shift % bits)),
    "BIN_SHR": (2, 2, _shift(lambda number, shift, bits: number >> shift % bits)),
    "BIN_SHL_ROT": (2, 2, _shift(_rotate_left)),
    "BIN_SHR_ROT": (2, 2, _shift(lambda number, shift, bits: _rotate_left(number, -shift, bits))),
    "BIN_XOR": (1, 255, _bitwise(lambda a, b: a ^ b)),
}
