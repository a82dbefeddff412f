"""Comparison and folding of texts by their collations.

WIN_PTBR and PT_BR give each letter the weight of its base letter, and every other byte its own.
Knowledge: pw1252ptbr.h and bl88591ptbr0.h of Firebird 2.0 to 5.0; UNICODE, UNICODE_CI and
UNICODE_CI_AI are ICU's.
"""

import unicodedata
from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import Charsets
from gdb_export.firebird.computed.blr.text_charsets import sub_type_of
from gdb_export.firebird.computed.texts import unicode_order
from gdb_export.firebird.computed.texts.collation_cases import case_pairs
from gdb_export.firebird.computed.texts.text_case import simple_upper
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedCollation
from gdb_export.firebird.records.formats import Descriptor

_BYTEWISE = frozenset({(4, 1)})  # UCS_BASIC; collation 0 of every set is bytewise too
_PORTUGUESE = frozenset({(53, 6), (21, 16)})  # WIN_PTBR, PT_BR
_UNICODE, _UNICODE_CI, _UNICODE_CI_AI = (4, 2), (4, 3), (4, 4)
_UNICODES = (_UNICODE, _UNICODE_CI, _UNICODE_CI_AI)
# They ignore case or accents, and their tables are not implemented
_INSENSITIVE = frozenset({(21, 17), (21, 18), (21, 19), (51, 7), (51, 8)})
# The only other collations of single-byte sets in which two letters have the same weight.
# Knowledge: the answers of Firebird 5
_WITH_EQUAL_LETTERS = frozenset({(21, 10), (22, 1), (40, 1), (63, 1), (66, 1)})

# Maps all texts that a search treats as equal to one text, which has their length
Fold = Callable[[str], str]
TextComparator = Callable[[str, str], int]

# Groups of letters with the weight of the first letter's upper case
_EQUAL_LETTERS = (
    "aàáâãäåæªAÀÁÂÃÄÅÆ cçCÇ dðDÐ eèéêëEÈÉÊË iìíîïIÌÍÎÏ nñNÑ oòóôõöøº°OÒÓÔÕÖØ sßS tþTÞ uùúûüUÙÚÛÜ"
    " yýÿYÝ 1¹¼½ 2² 3³¾ bB fF gG hH jJ kK lL mM pP qQ rR vV wW xX zZ"
)
_BASE_LETTERS = str.maketrans(
    {letter: group[0].upper() for group in _EQUAL_LETTERS.split() for letter in group}
)


def is_bytewise(descriptor: Descriptor) -> bool:
    """Whether the collation compares the bytes of texts."""
    charset, collation = _collation_id(descriptor)
    return not collation or (charset, collation) in _BYTEWISE


def is_exact_collation(descriptor: Descriptor) -> bool:
    """Whether texts are equal only if they have the same characters, but for trailing blanks."""
    collation = _collation_id(descriptor)
    if is_bytewise(descriptor):
        return True
    return _is_sensitive(collation) and collation not in _WITH_EQUAL_LETTERS


def _is_sensitive(collation: tuple[int, int]) -> bool:
    """Whether it is a collation of a single-byte set that ignores neither case nor accents."""
    is_known = collation[0] != _UNICODE[0] and case_pairs(*collation) is not None
    return is_known and collation not in _INSENSITIVE | _PORTUGUESE


def fold_for(descriptor: Descriptor) -> Fold:
    """The fold of LIKE, STARTING WITH, POSITION and other searches in a text of this type."""
    collation = _collation_id(descriptor)
    if collation in _PORTUGUESE:
        return _base_letters
    if collation == _UNICODE_CI:
        return _upper_case
    if collation == _UNICODE_CI_AI:
        return _without_accents
    if collation == _UNICODE or is_bytewise(descriptor) or _is_sensitive(collation):
        return _unchanged
    raise _unsupported(collation)


def reject_insensitive(descriptor: Descriptor) -> None:
    """Raise UnsupportedCollation unless a search in a text of this type compares characters."""
    if fold_for(descriptor) is not _unchanged:
        raise _unsupported(_collation_id(descriptor))


def text_comparator(
    descriptor: Descriptor, charsets: Charsets, for_equality: bool
) -> TextComparator:
    """The comparator of a collation that is not bytewise.

    With `for_equality` only whether the result is zero is meaningful.
    """
    collation = _collation_id(descriptor)
    if collation in _PORTUGUESE:
        return _portuguese_comparator(charsets, collation[0])
    if collation in _UNICODES:
        has_case, has_accents = collation == _UNICODE, collation != _UNICODE_CI_AI
        return unicode_order.uca_comparator(has_case, has_accents, for_equality)
    if for_equality and is_exact_collation(descriptor):
        return _compare_characters
    raise _unsupported(collation)


def _collation_id(descriptor: Descriptor) -> tuple[int, int]:
    """Character set and number of the collation within it."""
    sub_type = sub_type_of(descriptor)
    return sub_type & 0xFF, sub_type >> 8


def _unsupported(collation: tuple[int, int]) -> UnsupportedCollation:
    return UnsupportedCollation(*collation)


def _unchanged(text: str) -> str:
    return text


def _base_letters(text: str) -> str:
    return text.translate(_BASE_LETTERS)


def _upper_case(text: str) -> str:
    return "".join(map(simple_upper, text))


def _without_accents(text: str) -> str:
    return "".join(map(_without_accent, _upper_case(text)))


def _without_accent(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    if unicodedata.combining(base) or not all(map(unicodedata.combining, marks)):
        raise EvaluationError(f"a search without accents in a text with {letter!r}")
    return base


def _compare_characters(a: str, b: str) -> int:
    return int(a.rstrip(" ") != b.rstrip(" "))


def _portuguese_comparator(charsets: Charsets, charset: int) -> TextComparator:
    def weights(text: str) -> bytes:
        return charsets.encode(_base_letters(text.rstrip(" ")), charset)

    def compare(a: str, b: str) -> int:
        x, y = weights(a), weights(b)
        return int(x > y) - int(x < y)

    return compare
