"""Operands of verbs and functions of text."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.descriptors import is_text, text_type
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.text_charsets import (
    TextValue,
    charset_of,
    sub_type_of,
    transliterated,
)
from gdb_export.firebird.conversions.text_conversions import to_text
from gdb_export.firebird.core.charsets import NONE
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value

MAX_TEXT_LENGTH = 65535 - 2  # characters
MAX_BLOB_LENGTH = 1 << 20  # characters of a computed blob, which is held in memory
_MAX_CONVERTED_LENGTH = 255  # bytes; more than any number or date needs


def text_of(parser: Parser, node: Node) -> Callable[[Scope], TextValue | None]:
    """An evaluator of the node as text; even a COALESCE of a text type may yield a number."""
    run, convert = node.run, _text_conversion(parser, node)
    budget = parser.environment.budget

    def text(scope: Scope) -> TextValue | None:
        value = run(scope)
        if value is None:
            return None
        if isinstance(value, str | bytes):
            budget.spend_text(len(value))
            return value
        return convert(value)

    return text


def _text_conversion(parser: Parser, node: Node) -> Callable[[Value], TextValue]:
    """The conversion of the node's values that are not text."""
    ods, is_dialect_1 = parser.ods, parser.is_dialect_1
    source = None if is_text(node.type) else node.type
    return lambda value: to_text(value, source, ods, _MAX_CONVERTED_LENGTH, is_dialect_1)


def as_text(parser: Parser, node: Node) -> Node:
    """The node, evaluated as text."""
    return Node(node.type if is_text(node.type) else text_type(NONE), text_of(parser, node))


def in_charset(parser: Parser, node: Node, charset: int) -> Callable[[Scope], TextValue | None]:
    """An evaluator of the node as text, transliterated to a character set."""
    run, convert, charsets = node.run, _text_conversion(parser, node), parser.environment.charsets
    source_charset = charset_of(node.type) if is_text(node.type) else charset
    budget = parser.environment.budget

    def text(scope: Scope) -> TextValue | None:
        value = run(scope)
        if value is None:
            return None
        if not isinstance(value, str | bytes):
            value = convert(value)
        budget.spend_text(len(value))
        return transliterated(charsets, value, source_charset, charset)

    return text


def checked_length(parser: Parser, text: TextValue, is_blob: bool = False) -> TextValue:
    """The text. Raises EvaluationError if it is too long."""
    check_length(parser, len(text), is_blob)
    return text


def check_length(parser: Parser, length: int, is_blob: bool) -> None:
    """Spends the budget for a text of that length, before it is made. Raises EvaluationError if it
    is too long."""
    parser.environment.budget.spend_text(length)
    if length > (MAX_BLOB_LENGTH if is_blob else MAX_TEXT_LENGTH):
        raise EvaluationError(f"a text of {length} characters is too long")


def text_result(node: Node) -> Descriptor:
    """The type of a text derived from the node: the blob's own type, or a VARCHAR with the node's
    collation."""
    if node.type.dtype == Dtype.BLOB:
        return node.type
    return text_type(sub_type_of(node.type))
