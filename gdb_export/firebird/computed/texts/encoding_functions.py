"""Functions of the bytes of a text: hashes, and bytes as text and back (Firebird 4)."""

import base64
import binascii
import hashlib
from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import ASCII, OCTETS, Node, text_type
from gdb_export.firebird.computed.blr.null_propagating import null_propagating
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.text_charsets import Text, charset_of
from gdb_export.firebird.computed.texts.text_functions import as_text
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import as_str

Builder = Callable[..., Node]

_DIGESTS = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
}


def _encoded(to_text: Callable[[bytes], bytes]) -> Builder:
    """The bytes of a text as a text of ASCII."""

    def build(parser: Parser, text: Node) -> Node:
        encode, charset = parser.context.charsets.encode, charset_of(text.type)

        def compute(source: Text) -> str:
            return to_text(encode(source, charset)).decode("ascii")

        return null_propagating(text_type(ASCII), compute, as_text(parser, text))

    return build


def _decoded(to_bytes: Callable[[str], bytes]) -> Builder:
    def build(parser: Parser, text: Node) -> Node:
        def compute(source: Text) -> bytes:
            try:
                return to_bytes(as_str(source))
            except ValueError as error:
                raise EvaluationError(f"no bytes are written as {source[:40]!r}") from error

        return null_propagating(text_type(OCTETS), compute, as_text(parser, text))

    return build


def _from_base64(text: str) -> bytes:
    """The engine counts all characters, and leaves out those that are none of base 64."""
    if not text or len(text) % 4:
        raise EvaluationError(f"a text of {len(text)} characters is not in base 64")
    digits = "".join(one for one in text if one.isascii() and (one.isalnum() or one in "+/"))
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def _crypt_hash(parser: Parser, text: Node, algorithm: Node) -> Node:
    encode, charset = parser.context.charsets.encode, charset_of(text.type)

    def compute(source: Text, name: Text) -> bytes:
        digest = _DIGESTS.get(as_str(name).strip(" ").upper())
        if digest is None:
            raise EvaluationError(f"the hash {as_str(name)[:40]}")
        return digest(encode(source, charset))

    return null_propagating(
        text_type(OCTETS), compute, as_text(parser, text), as_text(parser, algorithm)
    )


FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    "BASE64_DECODE": (1, 1, _decoded(_from_base64)),
    "BASE64_ENCODE": (1, 1, _encoded(base64.b64encode)),
    "CRYPT_HASH": (2, 2, _crypt_hash),
    "HEX_DECODE": (1, 1, _decoded(binascii.unhexlify)),
    "HEX_ENCODE": (1, 1, _encoded(lambda data: binascii.hexlify(data).upper())),
}
