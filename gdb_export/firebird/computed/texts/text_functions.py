"""Verbs of text: concatenation, SUBSTRING, TRIM, UPPER, LOWER and lengths."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.nodes import (
    INT64,
    NONE,
    UNKNOWN,
    Node,
    Scope,
    is_text,
    is_unknown,
    text_type,
)
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.text_charsets import (
    Text,
    charset_of,
    common_text_type,
    sub_type_of,
    transliterated,
)
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.texts.collations import Fold, fold_of
from gdb_export.firebird.computed.texts.text_case import lower, upper
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.conversions.text_conversions import to_text
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

LONGEST_TEXT = 65535 - 2
# What an expression makes of blobs is held in memory
LONGEST_BLOB = 1 << 26


def text_of(parser: Parser, node: Node) -> Callable[[Scope], Text | None]:
    """Runs the node and gives its value as text: a COALESCE of type text may give a number."""
    run, ods, is_dialect_1 = node.run, parser.ods, parser.is_dialect_1
    source = None if is_text(node.type) else node.type

    def text(scope: Scope) -> Text | None:
        value = run(scope)
        if value is None or isinstance(value, str | bytes):
            return value
        return to_text(value, source, ods, 255, is_dialect_1)

    return text


def as_text(parser: Parser, node: Node) -> Node:
    """The node with its value as text."""
    return Node(node.type if is_text(node.type) else text_type(NONE), text_of(parser, node))


def in_charset(parser: Parser, node: Node, charset: int) -> Callable[[Scope], Text | None]:
    """Runs the node and gives its value as text of a character set."""
    run, charsets, ods = node.run, parser.context.charsets, parser.ods
    source, is_dialect_1 = node.type, parser.is_dialect_1
    own_charset = charset_of(source) if is_text(source) else charset

    def text(scope: Scope) -> Text | None:
        value = run(scope)
        if value is None:
            return None
        if not isinstance(value, str | bytes):
            value = to_text(value, None if is_text(source) else source, ods, 255, is_dialect_1)
        return transliterated(charsets, value, own_charset, charset)

    return text


def checked_length(text: Text, is_blob: bool = False) -> Text:
    check_length(len(text), is_blob)
    return text


def check_length(length: int, is_blob: bool) -> None:
    if length > (LONGEST_BLOB if is_blob else LONGEST_TEXT):
        raise EvaluationError(f"a text of {length} characters")


def _concatenate(parser: Parser, _: Verb) -> Node:
    left, right = parser.values(2)
    if is_unknown(left.type) or is_unknown(right.type):
        return Node(UNKNOWN, lambda scope: None)
    result = common_text_type(left, right)
    first, second = (in_charset(parser, one, result.charset_id) for one in (left, right))
    is_blob = Dtype.BLOB in (left.type.dtype, right.type.dtype)

    def run(scope: Scope) -> Text | None:
        a, b = first(scope), second(scope)
        if a is None or b is None:
            return None
        text = a + b  # type: ignore[operator]  # both are text, or both bytes
        return checked_length(text, is_blob)

    return Node(Descriptor(Dtype.BLOB, result.charset_id, 8, 1) if is_blob else result, run)


def _substring(parser: Parser, _: Verb) -> Node:
    """Value, start counted from 0, length."""
    value, start, length = parser.values(3)
    text = text_of(parser, value)

    def run(scope: Scope) -> Text | None:
        source, first, count = text(scope), start.run(scope), length.run(scope)
        if source is None or first is None or count is None:
            return None
        begin = to_integer(first, start.type, 0, 32)
        size = to_integer(count, length.type, 0, 32)
        if size < 0:
            raise EvaluationError("SUBSTRING of a negative length")
        return source[max(begin, 0) : max(begin + size, 0)]

    return Node(text_result(value), run)


def text_result(node: Node) -> Descriptor:
    if node.type.dtype == Dtype.BLOB:
        return node.type
    return text_type(sub_type_of(node.type))


def _case(parser: Parser, verb: Verb) -> Node:
    operand = parser.value()
    text, context = text_of(parser, operand), parser.context
    change: Callable[..., Text] = upper if verb == Verb.UPCASE else lower

    def run(scope: Scope) -> Text | None:
        value = text(scope)
        return None if value is None else change(value, operand.type, context)

    return Node(operand.type if is_text(operand.type) else text_result(operand), run)


def _length(parser: Parser, _: Verb) -> Node:
    unit = parser.code.u8()
    if unit not in (verbs.STRLEN_BITS, verbs.STRLEN_CHARACTERS, verbs.STRLEN_OCTETS):
        raise UnsupportedExpression(f"measures a text in the unknown unit {unit}")
    operand = parser.value()
    text, encode = text_of(parser, operand), parser.context.charsets.encode
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
    where, has_characters = parser.code.u8(), parser.code.u8()
    characters = parser.value() if has_characters else None
    operand = parser.value()
    text = text_of(parser, operand)
    what = text_of(parser, characters) if characters else None
    fold = fold_of(operand.type) if what else str

    def run(scope: Scope) -> Text | None:
        unit = what(scope) if what else ""
        value = text(scope) if unit is not None else None
        if value is None or unit is None:
            return None
        if not what:
            unit = b"\0" if isinstance(value, bytes) else " "
        return trimmed(value, unit, where, fold)

    return Node(text_result(operand), run)


def trimmed(value: Text, unit: Text, where: int, fold: Fold) -> Text:
    """Without whole repetitions of `unit` at the sides."""
    if type(value) is not type(unit):
        value, unit = _both_text(value), _both_text(unit)
    folded: Text = fold(value) if isinstance(value, str) else value
    unit = fold(unit) if isinstance(unit, str) else unit
    begin, end, size = 0, len(value), len(unit)
    if not size:
        return value
    if where != verbs.TRIM_TRAILING:
        while end - begin >= size and folded[begin : begin + size] == unit:
            begin += size
    if where != verbs.TRIM_LEADING:
        while end - begin >= size and folded[end - size : end] == unit:
            end -= size
    return value[begin:end]


def _both_text(value: Text) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


VERB_PARSERS: dict[int, Reader] = {
    Verb.CONCATENATE: _concatenate,
    Verb.SUBSTRING: _substring,
    Verb.UPCASE: _case,
    Verb.LOWCASE: _case,
    Verb.STRLEN: _length,
    Verb.TRIM: _trim,
}
