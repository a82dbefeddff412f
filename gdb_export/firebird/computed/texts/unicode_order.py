"""Comparison by the Unicode Collation Algorithm, as ICU implements it.

Supported are printable ASCII and letters of ASCII with accents. A text with any other character
raises EvaluationError.
"""

import unicodedata
from collections.abc import Callable

from gdb_export.firebird.core.errors import EvaluationError

# By weight: acute, grave, circumflex, caron, ring, diaeresis, tilde, cedilla
_MARKS = "\u0301\u0300\u0302\u030c\u030a\u0308\u0303\u0327"
# Classes of characters by weight
_BLANK, _SYMBOL, _DIGIT, _LETTER = range(4)

Letter = tuple[str, str]  # a base character and its accents


def uca_comparator(
    has_case: bool, has_accents: bool, for_equality: bool
) -> Callable[[str, str], int]:
    """Compares the base letters of the whole texts first, then their accents, then their case."""

    def compare(a: str, b: str) -> int:
        if a == b:
            return 0
        x, y = _letters(a.rstrip(" ")), _letters(b.rstrip(" "))
        result = _compare_bases(x, y, for_equality)
        if not result and has_accents:
            result = _compare_accents(x, y)
        if not result and has_case:
            result = _compare_case(x, y)
        return result

    return compare


def _letters(text: str) -> list[Letter]:
    return [_letter(character) for character in text]


def _letter(character: str) -> Letter:
    if " " <= character <= "~":
        return character, ""
    parts = unicodedata.normalize("NFD", character)
    base, marks = parts[0], parts[1:]
    if not base.isascii() or not base.isalpha() or not set(_MARKS).issuperset(marks):
        raise EvaluationError(f"the position of {character!r} in Unicode's order is not known")
    return base, marks


def _compare_bases(x: list[Letter], y: list[Letter], for_equality: bool) -> int:
    for (a, _), (b, _) in zip(x, y, strict=False):
        weight_a, weight_b = _weight(a), _weight(b)
        if weight_a != weight_b:
            if weight_a[0] == weight_b[0] == _SYMBOL and not for_equality:
                raise EvaluationError(f"the order of {a!r} and {b!r} in Unicode is not known")
            return -1 if weight_a < weight_b else 1
    return int(len(x) > len(y)) - int(len(x) < len(y))


def _weight(character: str) -> tuple[int, str]:
    if character.isalpha():
        return _LETTER, character.lower()
    if character.isdigit():
        return _DIGIT, character
    return (_BLANK if character == " " else _SYMBOL), character


def _compare_accents(x: list[Letter], y: list[Letter]) -> int:
    a, b = _accent_weights(x), _accent_weights(y)
    return int(a > b) - int(a < b)


def _accent_weights(letters: list[Letter]) -> list[int]:
    """0 for each base letter, followed by the weights of its accents."""
    weights = []
    for _, marks in letters:
        weights += [0, *(1 + _MARKS.index(mark) for mark in marks)]
    return weights


def _compare_case(x: list[Letter], y: list[Letter]) -> int:
    """Lower case comes before upper case."""
    for (a, _), (b, _) in zip(x, y, strict=True):
        if a != b:
            return -1 if a.islower() else 1
    return 0
