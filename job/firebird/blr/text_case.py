"""Upper and lower case as the engine's character sets have it."""

import string
from typing import AnyStr

from job.firebird.blr.nodes import ASCII, NONE, OCTETS
from job.firebird.formats import Descriptor
from job.firebird.ods import Dtype

# Before Firebird 2.0 only a collation knew letters beyond a to z
ODS_WITH_DEFAULT_CASE = (11, 0)
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def upper(text: AnyStr, descriptor: Descriptor, ods: tuple[int, int]) -> AnyStr:
    if isinstance(text, bytes):
        return text.upper()
    if _only_ascii(descriptor, ods):
        return text.translate(_UPPER)
    return "".join(_single(character, character.upper()) for character in text)


def lower(text: AnyStr, descriptor: Descriptor, ods: tuple[int, int]) -> AnyStr:
    if isinstance(text, bytes):
        return text.lower()
    if _only_ascii(descriptor, ods):
        return text.translate(_LOWER)
    return "".join(_single(character, character.lower()) for character in text)


def _only_ascii(descriptor: Descriptor, ods: tuple[int, int]) -> bool:
    # Of a text blob the charset is where other types have their scale
    charset = descriptor.scale if descriptor.dtype == Dtype.BLOB else descriptor.charset_id
    if charset in (NONE, OCTETS, ASCII):
        return True
    return ods < ODS_WITH_DEFAULT_CASE and not descriptor.sub_type >> 8


def _single(character: str, changed: str) -> str:
    """A letter that would become several, as the German sharp s, stays what it is."""
    return changed if len(changed) == 1 else character
