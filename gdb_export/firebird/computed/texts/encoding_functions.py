"""System functions of the bytes of a text: hashes, UUIDs, base 64 and hexadecimal."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable

from gdb_export.firebird.computed.blr.descriptors import INT64, text_type
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import FunctionBuilder, Parser, SystemFunction
from gdb_export.firebird.computed.blr.text_charsets import TextValue, charset_of
from gdb_export.firebird.computed.texts.text_operands import as_text
from gdb_export.firebird.core.charsets import ASCII, OCTETS
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import as_str

_DIGESTS = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
}


def _encoded(to_text: Callable[[bytes], bytes]) -> FunctionBuilder:
    """A function that encodes the bytes of a text as ASCII."""

    def build(parser: Parser, text: Node) -> Node:
        encode, charset = parser.environment.charsets.encode, charset_of(text.type)

        def compute(source: TextValue) -> str:
            return to_text(encode(source, charset)).decode("ascii")

        return null_propagating(text_type(ASCII), compute, as_text(parser, text))

    return build


def _decoded(to_bytes: Callable[[str], bytes]) -> FunctionBuilder:
    """A function that decodes a text to OCTETS."""

    def build(parser: Parser, text: Node) -> Node:
        def compute(source: TextValue) -> bytes:
            try:
                return to_bytes(as_str(source))
            except ValueError as error:
                raise EvaluationError(
                    f"a text that is not encoded bytes: {source[:40]!r}"
                ) from error

        return null_propagating(text_type(OCTETS), compute, as_text(parser, text))

    return build


def _from_base64(text: str) -> bytes:
    """Skips characters outside the alphabet, but counts them for the length, as the engine does."""
    if not text or len(text) % 4:
        raise EvaluationError(f"a text of {len(text)} characters is not in base 64")
    digits = "".join(c for c in text if c.isascii() and (c.isalnum() or c in "+/"))
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def _crypt_hash(parser: Parser, text: Node, algorithm: Node) -> Node:
    encode, charset = parser.environment.charsets.encode, charset_of(text.type)

    def compute(source: TextValue, name: TextValue) -> bytes:
        digest = _DIGESTS.get(as_str(name).strip(" ").upper())
        if digest is None:
            raise EvaluationError(f"CRYPT_HASH with the unknown algorithm {as_str(name)[:40]}")
        return digest(encode(source, charset))

    return null_propagating(
        text_type(OCTETS), compute, as_text(parser, text), as_text(parser, algorithm)
    )


_HIGH_4_BITS = 0xF000_0000_0000_0000
_64_BITS = (1 << 64) - 1


def _hash(parser: Parser, text: Node) -> Node:
    """P. J. Weinberger's hash with 64 bits; the engine's right shift of the high bits is
    arithmetic."""
    encode, charset = parser.environment.charsets.encode, charset_of(text.type)

    budget = parser.environment.budget

    def compute(source: TextValue) -> int:
        value = 0
        encoded = encode(source, charset)
        budget.spend_text(4 * len(encoded))  # half a step for each byte
        for byte in encoded:
            value = (value << 4) + byte & _64_BITS
            high = value & _HIGH_4_BITS
            signed = high - (1 << 64) if high >> 63 else high
            value = (value ^ signed >> 56) & ~high & _64_BITS
        return value - (1 << 64) if value >> 63 else value

    return null_propagating(INT64, compute, as_text(parser, text))


def _uuid_to_char(parser: Parser, text: Node) -> Node:
    def compute(source: TextValue) -> str:
        if not isinstance(source, bytes) or len(source) != 16:
            raise EvaluationError("not a UUID of 16 bytes")
        return str(uuid.UUID(bytes=source)).upper()

    return null_propagating(text_type(ASCII), compute, text)


def _char_to_uuid(parser: Parser, text: Node) -> Node:
    def compute(source: TextValue) -> bytes:
        try:
            return uuid.UUID(as_str(source).strip(" ")).bytes
        except ValueError as error:
            raise EvaluationError("not a UUID of 36 characters") from error

    return null_propagating(text_type(OCTETS), compute, as_text(parser, text))


FUNCTIONS: dict[str, SystemFunction] = {
    "BASE64_DECODE": (1, 1, _decoded(_from_base64)),
    "BASE64_ENCODE": (1, 1, _encoded(base64.b64encode)),
    "CHAR_TO_UUID": (1, 1, _char_to_uuid),
    "CRYPT_HASH": (2, 2, _crypt_hash),
    "HASH": (1, 1, _hash),
    "HEX_DECODE": (1, 1, _decoded(binascii.unhexlify)),
    "HEX_ENCODE": (1, 1, _encoded(lambda data: binascii.hexlify(data).upper())),
    "UUID_TO_CHAR": (1, 1, _uuid_to_char),
}
