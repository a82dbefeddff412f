"""Terms: literals, columns, NULL, the user, and casts of a value to another type."""

from gdb_export.firebird.computed.blr.datatypes import read_literal, read_type
from gdb_export.firebird.computed.blr.nodes import (
    METADATA,
    UNKNOWN,
    ColumnKey,
    Context,
    Node,
    Run,
    Scope,
    is_text,
    text_type,
)
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.session_zone import check_zone
from gdb_export.firebird.computed.blr.text_charsets import charset_of, transliterated
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


def _literal(parser: Parser, _: Verb) -> Node:
    descriptor, value = read_literal(parser.code, parser.ods, parser.context.charsets.decode)
    return Node(descriptor, lambda scope: value)


def _field(parser: Parser, verb: Verb) -> Node:
    number = parser.code.u8()
    key: ColumnKey = parser.code.name() if verb == Verb.FIELD else parser.code.u16()
    if number == 0:
        descriptor = parser.context.column(key)
    elif number in parser.others:
        descriptor = parser.others[number].column(key)
    else:
        raise UnsupportedExpression("needs columns of another table")
    if descriptor is None:
        raise UnsupportedExpression(f"needs the column {key}, which is not there or is computed")
    parser.fields.append((number, key))
    if number == 0:
        return Node(descriptor, lambda scope: scope.row(key), (0, key))
    return Node(descriptor, lambda scope: scope.others[number][key], (number, key))


def _null(parser: Parser, _: Verb) -> Node:
    return Node(UNKNOWN, lambda scope: None)


def _user_name(parser: Parser, _: Verb) -> Node:
    user = parser.context.user
    if user is None:
        raise UnsupportedExpression("needs the user of the session")
    return Node(text_type(METADATA), lambda scope: user)


def _derived(parser: Parser, _: Verb) -> Node:
    parser.code.take(parser.code.u8())
    return parser.value()


def _cast(parser: Parser, _: Verb) -> Node:
    target = read_type(parser.code)
    operand = parser.value()
    return Node(target, cast(parser, operand, target))


def cast(parser: Parser, operand: Node, target: Descriptor) -> Run:
    """Runs the operand and converts its value."""
    run, source, context, is_dialect_1 = (
        operand.run,
        operand.type,
        parser.context,
        parser.is_dialect_1,
    )

    def converted(scope: Scope) -> Value | None:
        return cast_value(run(scope), source, target, context, is_dialect_1)

    return converted


def cast_value(
    value: Value | None,
    source: Descriptor,
    target: Descriptor,
    context: Context,
    is_dialect_1: bool,
) -> Value | None:
    """The value as `target` has it, in its character set too."""
    if isinstance(value, bytes) and source.dtype == Dtype.BLOB and target.dtype in TEXT_TYPES:
        value = _printable(value, source) if charset_of(target) != OCTETS else value
    if isinstance(value, str | bytes) and is_text(target):
        charset = charset_of(source) if is_text(source) else charset_of(target)
        value = transliterated(context.charsets, value, charset, charset_of(target))
    check_zone(value, target.dtype)
    return convert(value, source, target, context.ods, is_dialect_1)


# What the engine leaves of a binary blob that becomes a text: a line feed ends one of its segments
_PRINTABLE = bytes(
    byte if 32 <= byte < 127 or byte in b"\b\t\v\f\r" else ord(".") for byte in range(256)
)


def _printable(content: bytes, source: Descriptor) -> str | bytes:
    if source.sub_type == BLOB_SUBTYPE_TEXT:
        return content
    if source.sub_type:
        raise EvaluationError(f"a blob of sub-type {source.sub_type} as a text")
    return content.translate(_PRINTABLE, b"\n").decode("ascii")


VERB_PARSERS: dict[int, Reader] = {
    Verb.LITERAL: _literal,
    Verb.FIELD: _field,
    Verb.FID: _field,
    Verb.NULL: _null,
    Verb.USER_NAME: _user_name,
    Verb.DERIVED_EXPR: _derived,
    Verb.CAST: _cast,
}
