"""Which character set a text is in, and texts of one set in another."""

from gdb_export.firebird.computed.blr.nodes import (
    ASCII,
    NONE,
    OCTETS,
    Charsets,
    Node,
    is_text,
    text_type,
)
from gdb_export.firebird.core.charsets import REPLACEMENT
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor

Text = str | bytes


def sub_type_of(descriptor: Descriptor) -> int:
    """Charset + 256 * collation; a text blob has its charset where others have their scale, all
    other blobs are bytes."""
    if descriptor.dtype == Dtype.BLOB:
        return descriptor.scale & 0xFF if descriptor.sub_type == BLOB_SUBTYPE_TEXT else OCTETS
    return descriptor.sub_type & 0xFFFF if descriptor.dtype in TEXT_TYPES else NONE


def charset_of(descriptor: Descriptor) -> int:
    return sub_type_of(descriptor) & 0xFF


def common_text_type(*nodes: Node) -> Descriptor:
    """The type of texts put together: OCTETS before all, then the first set that says something."""
    result = NONE
    for node in nodes:
        sub_type = sub_type_of(node.type) if is_text(node.type) else NONE
        if sub_type & 0xFF == OCTETS or result & 0xFF in (NONE, ASCII):
            result = sub_type or result
    return text_type(result)


def transliterated(charsets: Charsets, text: Text, source: int, target: int) -> Text:
    """A text of charset `source` in charset `target`; NONE takes and gives the bare bytes.

    Raises EvaluationError where the target does not have a character.
    """
    if isinstance(text, bytes):
        return text if target == OCTETS else _decoded(charsets, text, target)
    if target == OCTETS:
        return charsets.encode(text, source)
    if text.isascii() or source == target:
        return text
    if NONE in (source, target):
        return _decoded(charsets, charsets.encode(text, source), target)
    if target == ASCII or not has_characters(charsets, text, target):
        raise EvaluationError(f"the character set {target} lacks a character of {text[:40]!r}")
    return text


def has_characters(charsets: Charsets, text: str, charset: int) -> bool:
    return text.isascii() or charsets.decode(charsets.encode(text, charset), charset) == text


def _decoded(charsets: Charsets, raw: bytes, charset: int) -> Text:
    text = charsets.decode(raw, charset)
    if isinstance(text, str) and REPLACEMENT in text:
        raise EvaluationError(f"bytes that are no text of the character set {charset}")
    return text
