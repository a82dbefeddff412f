"""Functions of text, as the engine's system functions compute them."""

import uuid
from collections.abc import Callable, Iterable, Iterator

from gdb_export.firebird.computed.blr.nodes import (
    ASCII,
    INT64,
    LONG,
    NONE,
    OCTETS,
    SHORT,
    Node,
    text_type,
)
from gdb_export.firebird.computed.blr.null_propagating import null_propagating
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.text_charsets import Text, charset_of, common_text_type
from gdb_export.firebird.computed.texts.collations import Fold, fold_of
from gdb_export.firebird.computed.texts.text_functions import (
    as_text,
    check_length,
    checked_length,
    text_result,
)
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.value_types import Value, as_str

Builder = Callable[..., Node]


def _like(text: Text, pattern: Text) -> Text:
    """The text of the same kind, characters or bytes, as the pattern."""
    if isinstance(pattern, bytes):
        return text if isinstance(text, bytes) else text.encode("utf-8")
    return as_str(text)


def _natural(value: Value, what: str) -> int:
    number = to_integer(value, None, 0, 32)
    if number < 0:
        raise EvaluationError(f"{what} of a negative length")
    return number


def _positive(value: Value, what: str) -> int:
    number = to_integer(value, None, 0, 32)
    if number <= 0:
        raise EvaluationError(f"{what} from a position before the first")
    return number


def _left(parser: Parser, text: Node, length: Node) -> Node:
    def compute(source: Text, count: Value) -> Text:
        return source[: _natural(count, "LEFT")]

    return null_propagating(text_result(text), compute, as_text(parser, text), length)


def _right(parser: Parser, text: Node, length: Node) -> Node:
    def compute(source: Text, count: Value) -> Text:
        size = _natural(count, "RIGHT")
        return source[max(len(source) - size, 0) :]

    return null_propagating(text_result(text), compute, as_text(parser, text), length)


def _pad(is_left: bool) -> Builder:
    def build(parser: Parser, text: Node, length: Node, filler: Node | None = None) -> Node:
        is_blob = text.type.dtype == Dtype.BLOB

        def compute(source: Text, count: Value, unit: Text = " ") -> Text:
            size = _natural(count, "a padding")
            check_length(size, is_blob)
            room = size - len(source)
            if room <= 0:
                return source[:size]
            unit = _like(unit, source)
            padding = (unit * (room // len(unit) + 1))[:room] if unit else unit
            return padding + source if is_left else source + padding  # type: ignore[operator]

        arguments = [as_text(parser, text), length]
        if filler is not None:
            arguments.append(as_text(parser, filler))
        return null_propagating(text_result(text), compute, *arguments)

    return build


def _replace(parser: Parser, text: Node, wanted: Node, replacement: Node) -> Node:
    fold = fold_of(text.type)
    is_blob = text.type.dtype == Dtype.BLOB

    def compute(source: Text, find: Text, put: Text) -> Text:
        if not find:
            return source
        find, put = _like(find, source), _like(put, source)
        searched, find = _folded(source, fold), _folded(find, fold)
        growth = searched.count(find) * (len(put) - len(find))  # type: ignore[arg-type]
        check_length(len(source) + growth, is_blob)
        parts = searched.split(find)  # type: ignore[arg-type]
        return put.join(_cut(source, map(len, parts), len(find)))  # type: ignore[arg-type]

    arguments = (as_text(parser, one) for one in (text, wanted, replacement))
    return null_propagating(text_result(text), compute, *arguments)


def _folded(text: Text, fold: Fold) -> Text:
    return text if isinstance(text, bytes) else fold(text)


def _cut(text: Text, lengths: Iterable[int], gap: int) -> Iterator[Text]:
    """Parts of so many characters, with a gap between any two."""
    at = 0
    for length in lengths:
        yield text[at : at + length]
        at += length + gap


def _reverse(parser: Parser, text: Node) -> Node:
    return null_propagating(text_result(text), lambda source: source[::-1], as_text(parser, text))


def _position(parser: Parser, wanted: Node, text: Node, start: Node | None = None) -> Node:
    """Counted from 1; 0 where it is not found."""
    fold = fold_of(text.type)

    def compute(find: Text, source: Text, first: Value = 1) -> int:
        begin = _positive(first, "POSITION")
        if not find:
            return begin if begin <= len(source) + 1 else 0
        find, source = _folded(_like(find, source), fold), _folded(source, fold)
        return source.find(find, begin - 1) + 1  # type: ignore[arg-type]

    arguments = [as_text(parser, wanted), as_text(parser, text)]
    return null_propagating(LONG, compute, *arguments, *([start] if start is not None else []))


def _overlay(
    parser: Parser, text: Node, placing: Node, start: Node, length: Node | None = None
) -> Node:
    is_blob = Dtype.BLOB in (text.type.dtype, placing.type.dtype)

    def compute(source: Text, put: Text, first: Value, count: Value | None = None) -> Text:
        begin = min(_positive(first, "OVERLAY") - 1, len(source))
        size = len(put) if count is None else _natural(count, "OVERLAY")
        new = source[:begin] + _like(put, source) + source[begin + size :]  # type: ignore[operator]
        return checked_length(new, is_blob)

    arguments = [as_text(parser, text), as_text(parser, placing), start]
    if length is not None:
        arguments.append(length)
    return null_propagating(common_text_type(text, placing), compute, *arguments)


def _ascii_char(parser: Parser, code: Node) -> Node:
    decode = parser.context.charsets.decode

    def compute(value: Value) -> Text:
        number = to_integer(value, None, 0, 32)
        if not 0 <= number <= 255:
            raise EvaluationError(f"the character {number}")
        return decode(bytes([number]), NONE)

    return null_propagating(text_type(NONE), compute, code)


def _ascii_val(parser: Parser, text: Node) -> Node:
    encode, charset = parser.context.charsets.encode, charset_of(text.type)

    def compute(source: Text) -> int:
        if not source:
            return 0
        encoded = encode(source[:1], charset)
        if len(encoded) != 1:
            raise EvaluationError("ASCII_VAL of a character of several bytes")
        return encoded[0]

    return null_propagating(SHORT, compute, as_text(parser, text))


def _unicode_char(parser: Parser, code: Node) -> Node:
    def compute(value: Value) -> str:
        number = to_integer(value, None, 0, 32)
        if not 0 <= number <= 0x10FFFF or 0xD800 <= number < 0xE000:
            raise EvaluationError(f"the character {number}")
        return chr(number)

    return null_propagating(text_type(4), compute, code)


def _unicode_val(parser: Parser, text: Node) -> Node:
    def compute(source: Text) -> int:
        return ord(as_str(source[:1])) if source else 0

    return null_propagating(LONG, compute, as_text(parser, text))


_HASH_HIGH = 0xF000_0000_0000_0000
_64_BITS = (1 << 64) - 1


def _hash(parser: Parser, text: Node) -> Node:
    """The 64-bit hash of P. J. Weinberger over the bytes of the text; the engine's shift of the
    high bits to the right keeps their sign."""
    encode, charset = parser.context.charsets.encode, charset_of(text.type)

    def compute(source: Text) -> int:
        value = 0
        for byte in encode(source, charset):
            value = (value << 4) + byte & _64_BITS
            high = value & _HASH_HIGH
            signed = high - (1 << 64) if high >> 63 else high
            value = (value ^ signed >> 56) & ~high & _64_BITS
        return value - (1 << 64) if value >> 63 else value

    return null_propagating(INT64, compute, as_text(parser, text))


def _uuid_to_char(parser: Parser, text: Node) -> Node:
    def compute(source: Text) -> str:
        if not isinstance(source, bytes) or len(source) != 16:
            raise EvaluationError("no UUID of 16 bytes")
        return str(uuid.UUID(bytes=source)).upper()

    return null_propagating(text_type(ASCII), compute, text)


def _char_to_uuid(parser: Parser, text: Node) -> Node:
    def compute(source: Text) -> bytes:
        try:
            return uuid.UUID(as_str(source).strip(" ")).bytes
        except ValueError as error:
            raise EvaluationError("no UUID of 36 characters") from error

    return null_propagating(text_type(OCTETS), compute, as_text(parser, text))


FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    "ASCII_CHAR": (1, 1, _ascii_char),
    "ASCII_VAL": (1, 1, _ascii_val),
    "CHAR_TO_UUID": (1, 1, _char_to_uuid),
    "HASH": (1, 1, _hash),
    "LEFT": (2, 2, _left),
    "LPAD": (2, 3, _pad(is_left=True)),
    "OVERLAY": (3, 4, _overlay),
    "POSITION": (2, 3, _position),
    "REPLACE": (3, 3, _replace),
    "REVERSE": (1, 1, _reverse),
    "RIGHT": (2, 2, _right),
    "RPAD": (2, 3, _pad(is_left=False)),
    "UNICODE_CHAR": (1, 1, _unicode_char),
    "UNICODE_VAL": (1, 1, _unicode_val),
    "UUID_TO_CHAR": (1, 1, _uuid_to_char),
}
