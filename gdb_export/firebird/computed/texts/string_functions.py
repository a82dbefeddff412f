"""System functions of text: LEFT, LPAD, OVERLAY, POSITION, REPLACE, REVERSE, RIGHT, RPAD."""

from collections.abc import Iterable, Iterator

from gdb_export.firebird.computed.blr.descriptors import LONG
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import FunctionBuilder, Parser, SystemFunction
from gdb_export.firebird.computed.blr.text_charsets import TextValue, concatenated_type
from gdb_export.firebird.computed.texts.collations import Fold, fold_for
from gdb_export.firebird.computed.texts.text_operands import (
    as_text,
    check_length,
    checked_length,
    text_result,
)
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.value_types import Value, as_str


def _same_kind(text: TextValue, other: TextValue) -> TextValue:
    """The text as characters or bytes, like `other`."""
    if isinstance(other, bytes):
        return text if isinstance(text, bytes) else text.encode("utf-8")
    return as_str(text)


def _length_argument(value: Value, function: str) -> int:
    length = to_integer(value, None, 0, 32)
    if length < 0:
        raise EvaluationError(f"{function} with a negative length")
    return length


def _start_argument(value: Value, function: str) -> int:
    """A start position, counted from 1."""
    start = to_integer(value, None, 0, 32)
    if start <= 0:
        raise EvaluationError(f"{function} from a position before the first")
    return start


def _left(parser: Parser, text: Node, length: Node) -> Node:
    def compute(source: TextValue, count: Value) -> TextValue:
        return source[: _length_argument(count, "LEFT")]

    return null_propagating(text_result(text), compute, as_text(parser, text), length)


def _right(parser: Parser, text: Node, length: Node) -> Node:
    def compute(source: TextValue, count: Value) -> TextValue:
        size = _length_argument(count, "RIGHT")
        return source[max(len(source) - size, 0) :]

    return null_propagating(text_result(text), compute, as_text(parser, text), length)


def _pad(is_left: bool) -> FunctionBuilder:
    def build(parser: Parser, text: Node, length: Node, filler: Node | None = None) -> Node:
        is_blob = text.type.dtype == Dtype.BLOB

        def compute(source: TextValue, count: Value, unit: TextValue = " ") -> TextValue:
            size = _length_argument(count, "LPAD or RPAD")
            check_length(parser, size, is_blob)
            missing = size - len(source)
            if missing <= 0:
                return source[:size]
            unit = _same_kind(unit, source)
            padding = (unit * (missing // len(unit) + 1))[:missing] if unit else unit
            return padding + source if is_left else source + padding  # type: ignore[operator]

        arguments = [as_text(parser, text), length]
        if filler is not None:
            arguments.append(as_text(parser, filler))
        return null_propagating(text_result(text), compute, *arguments)

    return build


def _replace(parser: Parser, text: Node, wanted: Node, replacement: Node) -> Node:
    fold = fold_for(text.type)
    is_blob = text.type.dtype == Dtype.BLOB

    def compute(source: TextValue, sought: TextValue, new: TextValue) -> TextValue:
        if not sought:
            return source
        sought, new = _same_kind(sought, source), _same_kind(new, source)
        searched, sought = _folded(source, fold), _folded(sought, fold)
        growth = searched.count(sought) * (len(new) - len(sought))  # type: ignore[arg-type]
        check_length(parser, len(source) + growth, is_blob)
        # folding keeps the length: the pieces of `source` are as long as those of `searched`
        kept = searched.split(sought)  # type: ignore[arg-type]
        return new.join(_pieces(source, map(len, kept), len(sought)))  # type: ignore[arg-type]

    arguments = (as_text(parser, operand) for operand in (text, wanted, replacement))
    return null_propagating(text_result(text), compute, *arguments)


def _folded(text: TextValue, fold: Fold) -> TextValue:
    return text if isinstance(text, bytes) else fold(text)


def _pieces(text: TextValue, lengths: Iterable[int], gap: int) -> Iterator[TextValue]:
    """Pieces of the given lengths, with `gap` characters skipped between them."""
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length + gap


def _reverse(parser: Parser, text: Node) -> Node:
    return null_propagating(text_result(text), lambda source: source[::-1], as_text(parser, text))


def _position(parser: Parser, wanted: Node, text: Node, start: Node | None = None) -> Node:
    """The position counted from 1, or 0 if the text is not found."""
    fold = fold_for(text.type)

    def compute(sought: TextValue, source: TextValue, first: Value = 1) -> int:
        position = _start_argument(first, "POSITION")
        if not sought:
            return position if position <= len(source) + 1 else 0
        sought, source = _folded(_same_kind(sought, source), fold), _folded(source, fold)
        return source.find(sought, position - 1) + 1  # type: ignore[arg-type]

    arguments = [as_text(parser, wanted), as_text(parser, text)]
    return null_propagating(LONG, compute, *arguments, *([start] if start is not None else []))


def _overlay(
    parser: Parser, text: Node, placing: Node, start: Node, length: Node | None = None
) -> Node:
    is_blob = Dtype.BLOB in (text.type.dtype, placing.type.dtype)

    def compute(
        source: TextValue, new: TextValue, first: Value, count: Value | None = None
    ) -> TextValue:
        begin = min(_start_argument(first, "OVERLAY") - 1, len(source))
        size = len(new) if count is None else _length_argument(count, "OVERLAY")
        result = source[:begin] + _same_kind(new, source) + source[begin + size :]  # type: ignore[operator]
        return checked_length(parser, result, is_blob)

    arguments = [as_text(parser, text), as_text(parser, placing), start]
    if length is not None:
        arguments.append(length)
    return null_propagating(concatenated_type(text, placing), compute, *arguments)


FUNCTIONS: dict[str, SystemFunction] = {
    "LEFT": (2, 2, _left),
    "LPAD": (2, 3, _pad(is_left=True)),
    "OVERLAY": (3, 4, _overlay),
    "POSITION": (2, 3, _position),
    "REPLACE": (3, 3, _replace),
    "REVERSE": (1, 1, _reverse),
    "RIGHT": (2, 2, _right),
    "RPAD": (2, 3, _pad(is_left=False)),
}
