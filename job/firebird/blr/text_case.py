"""Upper and lower case as the engine's character sets have it."""

import string
from collections.abc import Callable
from typing import AnyStr

from job.firebird.blr.nodes import ASCII, NONE, Context
from job.firebird.blr.text_charsets import charset_of, has_characters, sub_type_of
from job.firebird.formats import Descriptor

# Before Firebird 2.0 only a collation knew letters beyond a to z
ODS_WITH_DEFAULT_CASE = (11, 0)
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def upper(text: AnyStr, descriptor: Descriptor, context: Context) -> AnyStr:
    """OCTETS have no case."""
    if isinstance(text, bytes):
        return text
    if text.isascii() or _has_only_ascii_case(descriptor, context):
        return text.translate(_UPPER)
    return _changed(text, str.upper, descriptor, context)


def lower(text: AnyStr, descriptor: Descriptor, context: Context) -> AnyStr:
    if isinstance(text, bytes):
        return text
    if text.isascii() or _has_only_ascii_case(descriptor, context):
        return text.translate(_LOWER)
    return _changed(text, str.lower, descriptor, context)


def _has_only_ascii_case(descriptor: Descriptor, context: Context) -> bool:
    if charset_of(descriptor) in (NONE, ASCII):
        return True
    return context.ods < ODS_WITH_DEFAULT_CASE and not sub_type_of(descriptor) >> 8


def _changed(
    text: str, change: Callable[[str], str], descriptor: Descriptor, context: Context
) -> str:
    """A letter stays what it is if it would become several, as the German sharp s, or one that the
    character set does not have."""
    charset = charset_of(descriptor)

    def single(character: str) -> str:
        changed = change(character)
        if len(changed) != 1 or not has_characters(context.charsets, changed, charset):
            return character
        return changed

    return "".join(map(single, text))
