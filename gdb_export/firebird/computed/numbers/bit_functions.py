"""Functions of the bits of integers."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import INT64, Node, exact_type
from gdb_export.firebird.computed.blr.null_propagating import null_propagating
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.value_types import Value

Builder = Callable[..., Node]


def _bits(operation: Callable[[int, int], int]) -> Builder:
    def build(parser: Parser, *arguments: Node) -> Node:
        is_wide = any(one.type.dtype == Dtype.INT128 for one in arguments)

        def compute(*values: Value) -> int:
            numbers = [to_integer(value, None, 0, 128 if is_wide else 64) for value in values]
            result = numbers[0]
            for number in numbers[1:]:
                result = operation(result, number)
            return result

        return null_propagating(
            exact_type(Dtype.INT128, 0) if is_wide else INT64, compute, *arguments
        )

    return build


def _bin_not(parser: Parser, operand: Node) -> Node:
    return null_propagating(INT64, lambda value: ~to_integer(value, None, 0, 64), operand)


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
        return null_propagating(result, compute, operand, distance)

    return build


def _rotated(number: int, places: int, bits: int) -> int:
    unsigned, places = number & (1 << bits) - 1, places % bits
    return unsigned << places | unsigned >> (bits - places)


FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    "BIN_AND": (1, 255, _bits(lambda a, b: a & b)),
    "BIN_NOT": (1, 1, _bin_not),
    "BIN_OR": (1, 255, _bits(lambda a, b: a | b)),
    "BIN_SHL": (2, 2, _shift(lambda n, by, bits: n << by % bits)),
    "BIN_SHR": (2, 2, _shift(lambda n, by, bits: n >> by % bits)),
    "BIN_SHL_ROT": (2, 2, _shift(_rotated)),
    "BIN_SHR_ROT": (2, 2, _shift(lambda n, by, bits: _rotated(n, -by, bits))),
    "BIN_XOR": (1, 255, _bits(lambda a, b: a ^ b)),
}
