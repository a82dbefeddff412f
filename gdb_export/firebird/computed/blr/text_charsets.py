"""Character sets of texts, and transliteration between them."""

from gdb_export.firebird.computed.blr.descriptors import is_text, text_type
from gdb_export.firebird.computed.blr.nodes import Charsets, Node
from gdb_export.firebird.core.charsets import ASCII, NONE, OCTETS, REPLACEMENT
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor

# Decoded characters, or the bytes of OCTETS
TextValue = str | bytes


def sub_type_of(descriptor: Descriptor) -> int:
    """Charset + 256 * collation. The charset of a text blob is in its scale; other blobs are
    OCTETS."""
    if descriptor.dtype == Dtype.BLOB:
        return descriptor.scale & 0xFF if descriptor.sub_type == BLOB_SUBTYPE_TEXT else OCTETS
    return descriptor.sub_type & 0xFFFF if descriptor.dtype in TEXT_TYPES else NONE


def charset_of(descriptor: Descriptor) -> int:
    return sub_type_of(descriptor) & 0xFF


def concatenated_type(*nodes: Node) -> Descriptor:
    """The type of concatenated texts.

    It is OCTETS if one of them is; otherwise it has the first character set that is neither NONE
    nor ASCII.
    """
    result = NONE
    for node in nodes:
        sub_type = sub_type_of(node.type) if is_text(node.type) else NONE
        if sub_type & 0xFF == OCTETS or result & 0xFF in (NONE, ASCII):
            result = sub_type or result
    return text_type(result)


def transliterated(charsets: Charsets, text: TextValue, source: int, target: int) -> TextValue:
    """A text of charset `source` in charset `target`.

    To and from NONE the bytes stay the same. Raises EvaluationError if the target lacks a
    character.
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
    """Whether the character set has all characters of the text."""
    return text.isascii() or charsets.decode(charsets.encode(text, charset), charset) == text


def _decoded(charsets: Charsets, raw: bytes, charset: int) -> TextValue:
    text = charsets.decode(raw, charset)
    if isinstance(text, str) and REPLACEMENT in text:
        raise EvaluationError(f"bytes that are not valid in the character set {charset}")
    return text
