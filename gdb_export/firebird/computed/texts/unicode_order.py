"""Unicode's order (UCA, as ICU has it) of what is certain of it: letters of ASCII with accents or
without, digits, and what else ASCII prints. Texts with anything else are refused where met."""

import unicodedata
from collections.abc import Callable

from gdb_export.firebird.core.errors import EvaluationError

# In their order: acute, grave, circumflex, caron, ring, diaeresis, tilde, cedilla
_MARKS = "\u0301\u0300\u0302\u030c\u030a\u0308\u0303\u0327"
_BLANK, _SIGN, _DIGIT, _LETTER = range(4)


def order(has_case: bool, has_accents: bool, for_equality: bool) -> Callable[[str, str], int]:
    """Base letters decide first, then accents, then case, in the whole text each."""

    def compared(a: str, b: str) -> int:
        if a == b:
            return 0
        x, y = _letters(a.rstrip(" ")), _letters(b.rstrip(" "))
        found = _by_letters(x, y, for_equality)
        if not found and has_accents:
            found = _by_accents(x, y)
        if not found and has_case:
            found = _by_case(x, y)
        return found

    return compared


def _letters(text: str) -> list[tuple[str, str]]:
    return [_letter(one) for one in text]


def _letter(character: str) -> tuple[str, str]:
    """A letter and its accents."""
    if " " <= character <= "~":
        return character, ""
    parts = unicodedata.normalize("NFD", character)
    base, marks = parts[0], parts[1:]
    if not base.isascii() or not base.isalpha() or not set(_MARKS).issuperset(marks):
        raise EvaluationError(f"the place of {character!r} in Unicode's order")
    return base, marks


def _by_letters(x: list[tuple[str, str]], y: list[tuple[str, str]], for_equality: bool) -> int:
    for (a, _), (b, _) in zip(x, y, strict=False):
        one, other = _weight(a), _weight(b)
        if one != other:
            if one[0] == other[0] == _SIGN and not for_equality:
                raise EvaluationError(f"the order of {a!r} and {b!r} in Unicode")
            return -1 if one < other else 1
    return _sign(len(x) - len(y))


def _weight(letter: str) -> tuple[int, str]:
    if letter.isalpha():
        return _LETTER, letter.lower()
    if letter.isdigit():
        return _DIGIT, letter
    return (_BLANK if letter == " " else _SIGN), letter


def _by_accents(x: list[tuple[str, str]], y: list[tuple[str, str]]) -> int:
    first, second = _accents(x), _accents(y)
    return int(first > second) - int(first < second)


def _accents(letters: list[tuple[str, str]]) -> list[int]:
    """A letter counts as less than any accent."""
    weights = []
    for _, marks in letters:
        weights += [0, *(1 + _MARKS.index(mark) for mark in marks)]
    return weights


def _by_case(x: list[tuple[str, str]], y: list[tuple[str, str]]) -> int:
    """Small letters before large ones."""
    for (a, _), (b, _) in zip(x, y, strict=True):
        if a != b:
            return -1 if a.islower() else 1
    return 0


def _sign(number: int) -> int:
    return int(number > 0) - int(number < 0)
