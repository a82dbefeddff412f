"""Upper and lower case as the engine's character sets and collations have it."""

import string
from collections.abc import Callable
from typing import AnyStr

from gdb_export.firebird.computed.blr.nodes import ASCII, NONE, Context
from gdb_export.firebird.computed.blr.text_charsets import charset_of, has_characters, sub_type_of
from gdb_export.firebird.computed.texts.collation_cases import pairs_of
from gdb_export.firebird.core.charsets import width
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.records.formats import Descriptor

# Before Firebird 2.0 only a collation knew letters beyond a to z
ODS_WITH_DEFAULT_CASE = (11, 0)
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def upper(text: AnyStr, descriptor: Descriptor, context: Context) -> AnyStr:
    """OCTETS have no case."""
    if isinstance(text, bytes):
        return text
    pairs = _pairs(text, descriptor, context, is_upper=True)
    return (
        text.translate(_UPPER)
        if pairs is None
        else _changed(text, simple_upper, pairs, descriptor, context)
    )


def lower(text: AnyStr, descriptor: Descriptor, context: Context) -> AnyStr:
    if isinstance(text, bytes):
        return text
    pairs = _pairs(text, descriptor, context, is_upper=False)
    return (
        text.translate(_LOWER)
        if pairs is None
        else _changed(text, simple_lower, pairs, descriptor, context)
    )


def simple_upper(letter: str) -> str:
    """The one letter that stands for it: of ß, which would be two, itself; of ᾳ the title case."""
    changed = letter.upper()
    if len(changed) > 1:
        changed = letter.title()
    return changed if len(changed) == 1 else letter


def simple_lower(letter: str) -> str:
    """Without the second dot of İ."""
    return letter.lower()[0]


def _pairs(
    text: str, descriptor: Descriptor, context: Context, is_upper: bool
) -> dict[str, str] | None:
    """What the collation has otherwise than Unicode; None where only A to Z are to be changed."""
    charset, collation = charset_of(descriptor), sub_type_of(descriptor) >> 8
    if charset in (NONE, ASCII) or (context.ods < ODS_WITH_DEFAULT_CASE and not collation):
        return None
    known = pairs_of(charset, collation)
    if known is None and width(charset) == 1 and not text.isascii():
        raise EvaluationError(f"the case of collation {collation} of character set {charset}")
    letters = known[0 if is_upper else 1] if known else ""
    pairs = dict(zip(letters[::2], letters[1::2], strict=True))
    return pairs if not text.isascii() or pairs.keys() & set(text) else None


def _changed(
    text: str,
    change: Callable[[str], str],
    pairs: dict[str, str],
    descriptor: Descriptor,
    context: Context,
) -> str:
    """A letter stays what it is if the character set does not have the other."""
    charset = charset_of(descriptor)

    def single(character: str) -> str:
        changed = pairs.get(character) or change(character)
        return changed if has_characters(context.charsets, changed, charset) else character

    return "".join(map(single, text))
