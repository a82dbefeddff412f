"""Verbs of text: concatenation, SUBSTRING, TRIM, UPPER, LOWER and lengths."""

from collections.abc import Callable, Sequence

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.descriptors import INT64, UNKNOWN, is_text, is_unknown
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.text_charsets import TextValue, charset_of, concatenated_type
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.texts.collations import Fold, fold_for
from gdb_export.firebird.computed.texts.text_case import lower, upper
from gdb_export.firebird.computed.texts.text_operands import (
    checked_length,
    in_charset,
    text_of,
    text_result,
)
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import as_str


def _concatenate(parser: Parser, _: Verb) -> Node:
    left, right = parser.values(2)
    if is_unknown(left.type) or is_unknown(right.type):
        return Node(UNKNOWN, lambda scope: None)
    result = concatenated_type(left, right)
    first = in_charset(parser, left, result.charset_id)
    second = in_charset(parser, right, result.charset_id)
    is_blob = Dtype.BLOB in (left.type.dtype, right.type.dtype)

    def run(scope: Scope) -> TextValue | None:
        a, b = first(scope), second(scope)
        if a is None or b is None:
            return None
        text = a + b  # type: ignore[operator]  # both are text, or both bytes
        return checked_length(parser, text, is_blob)

    return Node(Descriptor(Dtype.BLOB, result.charset_id, 8, 1) if is_blob else result, run)


def _substring(parser: Parser, _: Verb) -> Node:
    """SUBSTRING; the start is counted from 0."""
    operand, start, length = parser.values(3)
    text = text_of(parser, operand)

    def run(scope: Scope) -> TextValue | None:
        source, first, count = text(scope), start.run(scope), length.run(scope)
        if source is None or first is None or count is None:
            return None
        begin = to_integer(first, start.type, 0, 32)
        size = to_integer(count, length.type, 0, 32)
        if size < 0:
            raise EvaluationError("SUBSTRING with a negative length")
        return source[max(begin, 0) : max(begin + size, 0)]

    return Node(text_result(operand), run)


def _case(parser: Parser, verb: Verb) -> Node:
    """UPPER and LOWER."""
    operand = parser.value()
    text, environment = text_of(parser, operand), parser.environment
    change: Callable[..., TextValue] = upper if verb == Verb.UPCASE else lower

    def run(scope: Scope) -> TextValue | None:
        value = text(scope)
        return None if value is None else change(value, operand.type, environment)

    return Node(operand.type if is_text(operand.type) else text_result(operand), run)


def _length(parser: Parser, _: Verb) -> Node:
    """BIT_LENGTH, CHARACTER_LENGTH and OCTET_LENGTH."""
    unit = parser.blr.u8()
    if unit not in (verbs.STRLEN_BITS, verbs.STRLEN_CHARACTERS, verbs.STRLEN_OCTETS):
        raise UnsupportedExpression(f"measures a text in the unknown unit {unit}")
    operand = parser.value()
    text, encode = text_of(parser, operand), parser.environment.charsets.encode
    charset = charset_of(operand.type)

    def run(scope: Scope) -> int | None:
        value = text(scope)
        if value is None:
            return None
        if unit == verbs.STRLEN_CHARACTERS:
            return len(value)
        octets = len(value) if isinstance(value, bytes) else len(encode(value, charset))
        return octets * 8 if unit == verbs.STRLEN_BITS else octets

    return Node(INT64, run)


def _trim(parser: Parser, _: Verb) -> Node:
    """TRIM; by default it removes blanks, or zero bytes from OCTETS."""
    side, mode = parser.blr.u8(), parser.blr.u8()
    characters = parser.value() if mode != verbs.TRIM_SPACES else None
    operand = parser.value()
    text = text_of(parser, operand)
    if characters is None:

        def run(scope: Scope) -> TextValue | None:
            value = text(scope)
            if value is None:
                return None
            return _trimmed(value, b"\0" if isinstance(value, bytes) else " ", side, str)

    else:
        trimmed_text, fold = text_of(parser, characters), fold_for(operand.type)

        def run(scope: Scope) -> TextValue | None:
            unit = trimmed_text(scope)
            value = text(scope) if unit is not None else None
            if value is None or unit is None:
                return None
            if mode == verbs.TRIM_ANY_OF_CHARACTERS:
                return _trimmed_of_any(value, unit, side, fold)
            return _trimmed(value, unit, side, fold)

    return Node(text_result(operand), run)


def _trimmed_of_any(value: TextValue, units: TextValue, side: int, fold: Fold) -> TextValue:
    """The text without the characters at its ends that have the fold of one of `units` (ODS 14)."""
    if type(value) is not type(units):
        value, units = as_str(value), as_str(units)
    folded: Sequence[object] = fold(value) if isinstance(value, str) else value
    removed: set[object] = set(fold(units) if isinstance(units, str) else units)
    begin, end = 0, len(value)
    if side != verbs.TRIM_TRAILING:
        while begin < end and folded[begin] in removed:
            begin += 1
    if side != verbs.TRIM_LEADING:
        while end > begin and folded[end - 1] in removed:
            end -= 1
    return value[begin:end]


def _trimmed(value: TextValue, unit: TextValue, side: int, fold: Fold) -> TextValue:
    """The text without repetitions of `unit` at its ends; texts with the same fold are equal."""
    if type(value) is not type(unit):
        value, unit = as_str(value), as_str(unit)
    folded: TextValue = fold(value) if isinstance(value, str) else value
    unit = fold(unit) if isinstance(unit, str) else unit
    begin, end, size = 0, len(value), len(unit)
    if not size:
        return value
    if side != verbs.TRIM_TRAILING:
        while end - begin >= size and folded[begin : begin + size] == unit:
            begin += size
    if side != verbs.TRIM_LEADING:
        while end - begin >= size and folded[end - size : end] == unit:
            end -= size
    return value[begin:end]


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.CONCATENATE: _concatenate,
    Verb.SUBSTRING: _substring,
    Verb.UPCASE: _case,
    Verb.LOWCASE: _case,
    Verb.STRLEN: _length,
    Verb.TRIM: _trim,
}
