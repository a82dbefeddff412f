"""UPPER and LOWER by the rules of the engine's character sets and collations."""

import string
from collections.abc import Callable
from typing import AnyStr

from gdb_export.firebird.computed.blr.nodes import Environment
from gdb_export.firebird.computed.blr.text_charsets import charset_of, has_characters, sub_type_of
from gdb_export.firebird.computed.texts.collation_cases import case_pairs
from gdb_export.firebird.core.charsets import ASCII, NONE, max_character_bytes
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.records.formats import Descriptor

# First ODS (Firebird 2.0) in which UPPER and LOWER change letters beyond A to Z without a collation
ODS_WITH_DEFAULT_CASE = (11, 0)
_ASCII_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def upper(text: AnyStr, descriptor: Descriptor, environment: Environment) -> AnyStr:
    """The text in upper case; OCTETS do not change."""
    if isinstance(text, bytes):
        return text
    pairs = _pairs(text, descriptor, environment, is_upper=True)
    if pairs is None:
        return text.translate(_ASCII_UPPER)
    return _changed(text, simple_upper, pairs, descriptor, environment)


def lower(text: AnyStr, descriptor: Descriptor, environment: Environment) -> AnyStr:
    """The text in lower case; OCTETS do not change."""
    if isinstance(text, bytes):
        return text
    pairs = _pairs(text, descriptor, environment, is_upper=False)
    if pairs is None:
        return text.translate(_ASCII_LOWER)
    return _changed(text, simple_lower, pairs, descriptor, environment)


def simple_upper(letter: str) -> str:
    """Unicode's upper case if it is one letter, else the title case (ᾳ), else the letter (ß)."""
    changed = letter.upper()
    if len(changed) > 1:
        changed = letter.title()
    return changed if len(changed) == 1 else letter


def simple_lower(letter: str) -> str:
    """Unicode's lower case; İ becomes i without the combining dot."""
    return letter.lower()[0]


def _pairs(
    text: str, descriptor: Descriptor, environment: Environment, is_upper: bool
) -> dict[str, str] | None:
    """Letters whose case in the collation differs from Unicode, each with its changed letter.

    None if it is enough to change A to Z: in NONE and ASCII, before Firebird 2.0 without a
    collation, or because the text is ASCII and has none of the letters.
    """
    charset, collation = charset_of(descriptor), sub_type_of(descriptor) >> 8
    has_default_case = environment.ods >= ODS_WITH_DEFAULT_CASE
    if charset in (NONE, ASCII) or not (has_default_case or collation):
        return None
    known = case_pairs(charset, collation)
    if known is None and max_character_bytes(charset) == 1 and not text.isascii():
        raise EvaluationError(
            f"the case of letters in collation {collation} of character set {charset} is not known"
        )
    letters = known[0 if is_upper else 1] if known else ""
    pairs = dict(zip(letters[::2], letters[1::2], strict=True))
    return pairs if not text.isascii() or pairs.keys() & set(text) else None


def _changed(
    text: str,
    change: Callable[[str], str],
    pairs: dict[str, str],
    descriptor: Descriptor,
    environment: Environment,
) -> str:
    """Changes each letter, but keeps it if the character set lacks the changed one."""
    charset = charset_of(descriptor)

    def changed(character: str) -> str:
        other = pairs.get(character) or change(character)
        return other if has_characters(environment.charsets, other, charset) else character

    return "".join(map(changed, text))
