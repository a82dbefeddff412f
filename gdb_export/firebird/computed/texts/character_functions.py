"""System functions from characters to their codes and back: ASCII_* and UNICODE_*."""

from gdb_export.firebird.computed.blr.descriptors import LONG, SHORT, text_type
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import Parser, SystemFunction
from gdb_export.firebird.computed.blr.text_charsets import TextValue, charset_of
from gdb_export.firebird.computed.texts.text_operands import as_text
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.charsets import NONE, UTF8
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import Value, as_str


def _ascii_char(parser: Parser, code: Node) -> Node:
    decode = parser.environment.charsets.decode

    def compute(value: Value) -> TextValue:
        byte = to_integer(value, None, 0, 32)
        if not 0 <= byte <= 255:
            raise EvaluationError(f"ASCII_CHAR of {byte}, which is not a byte")
        return decode(bytes([byte]), NONE)

    return null_propagating(text_type(NONE), compute, code)


def _ascii_val(parser: Parser, text: Node) -> Node:
    encode, charset = parser.environment.charsets.encode, charset_of(text.type)

    def compute(source: TextValue) -> int:
        if not source:
            return 0
        encoded = encode(source[:1], charset)
        if len(encoded) != 1:
            raise EvaluationError("ASCII_VAL of a character of several bytes")
        return encoded[0]

    return null_propagating(SHORT, compute, as_text(parser, text))


def _unicode_char(parser: Parser, code: Node) -> Node:
    def compute(value: Value) -> str:
        code_point = to_integer(value, None, 0, 32)
        if not 0 <= code_point <= 0x10FFFF or 0xD800 <= code_point < 0xE000:
            raise EvaluationError(f"UNICODE_CHAR of {code_point}, which is not a character")
        return chr(code_point)

    return null_propagating(text_type(UTF8), compute, code)


def _unicode_val(parser: Parser, text: Node) -> Node:
    def compute(source: TextValue) -> int:
        return ord(as_str(source[:1])) if source else 0

    return null_propagating(LONG, compute, as_text(parser, text))


FUNCTIONS: dict[str, SystemFunction] = {
    "ASCII_CHAR": (1, 1, _ascii_char),
    "ASCII_VAL": (1, 1, _ascii_val),
    "UNICODE_CHAR": (1, 1, _unicode_char),
    "UNICODE_VAL": (1, 1, _unicode_val),
}
