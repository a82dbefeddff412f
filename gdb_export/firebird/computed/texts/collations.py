"""What collations make of texts: which letters are alike, and which text comes first.

WIN_PTBR and PT_BR give each letter the weight of its base letter, and every other byte its own
(pw1252ptbr.h, bl88591ptbr0.h of Firebird 2.0 to 5.0); UNICODE and its kin are ICU's.
"""

import unicodedata
from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import Charsets
from gdb_export.firebird.computed.blr.text_charsets import sub_type_of
from gdb_export.firebird.computed.texts import unicode_order
from gdb_export.firebird.computed.texts.collation_cases import pairs_of
from gdb_export.firebird.computed.texts.text_case import simple_upper
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor

_BY_BYTES = frozenset({(4, 1)})  # UCS_BASIC; each set's own collation is number 0
_PORTUGUESE = frozenset({(53, 6), (21, 16)})
_UNICODE, _UNICODE_CI, _UNICODE_CI_AI = (4, 2), (4, 3), (4, 4)
_UNICODES = (_UNICODE, _UNICODE_CI, _UNICODE_CI_AI)
# They ignore case or accents, and their tables are not here
_INSENSITIVE = frozenset({(21, 17), (21, 18), (21, 19), (51, 7), (51, 8)})
# Of all others of single-byte sets only these have two letters of one weight, as Firebird 5 says
_WITH_EQUAL_LETTERS = frozenset({(21, 10), (22, 1), (40, 1), (63, 1), (66, 1)})

Fold = Callable[[str], str]
TextOrder = Callable[[str, str], int]

_ALIKE = (
    "aàáâãäåæªAÀÁÂÃÄÅÆ cçCÇ dðDÐ eèéêëEÈÉÊË iìíîïIÌÍÎÏ nñNÑ oòóôõöøº°OÒÓÔÕÖØ sßS tþTÞ uùúûüUÙÚÛÜ"
    " yýÿYÝ 1¹¼½ 2² 3³¾ bB fF gG hH jJ kK lL mM pP qQ rR vV wW xX zZ"
)
_BASE_LETTERS = str.maketrans(
    {letter: group[0].upper() for group in _ALIKE.split() for letter in group}
)


def is_by_bytes(descriptor: Descriptor) -> bool:
    """Do texts of the type have the order of their bytes, and are only equal ones alike?"""
    charset, collation = _name(descriptor)
    return not collation or (charset, collation) in _BY_BYTES


def is_exact_collation(descriptor: Descriptor) -> bool:
    """Are only texts of the same characters equal, but for blanks behind them?"""
    name = _name(descriptor)
    return is_by_bytes(descriptor) or (_is_sensitive(name) and name not in _WITH_EQUAL_LETTERS)


def _is_sensitive(name: tuple[int, int]) -> bool:
    """One of a single-byte set that ignores neither case nor accents."""
    is_known = name[0] != _UNICODE[0] and pairs_of(*name) is not None
    return is_known and name not in _INSENSITIVE | _PORTUGUESE


def fold_of(descriptor: Descriptor) -> Fold:
    """What makes texts equal that match: for LIKE, STARTING WITH, POSITION and their like."""
    name = _name(descriptor)
    if name in _PORTUGUESE:
        return _base_letters
    if name == _UNICODE_CI:
        return _in_upper
    if name == _UNICODE_CI_AI:
        return _without_accents
    if name == _UNICODE or is_by_bytes(descriptor) or _is_sensitive(name):
        return _as_it_is
    raise _refusal(name)


def order_of(descriptor: Descriptor, charsets: Charsets, for_equality: bool) -> TextOrder:
    """The order of texts in the set and collation of a type; not of those in that of bytes. If it
    is for equality only it need not say which of two texts comes first."""
    name = _name(descriptor)
    if name in _PORTUGUESE:
        return _portuguese_order(charsets, name[0])
    if name in _UNICODES:
        return unicode_order.order(name == _UNICODE, name != _UNICODE_CI_AI, for_equality)
    if for_equality and is_exact_collation(descriptor):
        return _told_apart
    raise _refusal(name)


def _name(descriptor: Descriptor) -> tuple[int, int]:
    sub_type = sub_type_of(descriptor)
    return sub_type & 0xFF, sub_type >> 8


def _refusal(name: tuple[int, int]) -> UnsupportedExpression:
    return UnsupportedExpression(
        f"compares texts by collation {name[1]} of character set {name[0]}"
    )


def _as_it_is(text: str) -> str:
    return text


def _base_letters(text: str) -> str:
    return text.translate(_BASE_LETTERS)


def _in_upper(text: str) -> str:
    return "".join(map(simple_upper, text))


def _without_accents(text: str) -> str:
    return "".join(map(_without_accent, _in_upper(text)))


def _without_accent(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    if unicodedata.combining(parts[0]) or not all(map(unicodedata.combining, parts[1:])):
        raise EvaluationError(f"{letter!r} in a text that is searched without its accents")
    return parts[0]


def _told_apart(a: str, b: str) -> int:
    return int(a.rstrip(" ") != b.rstrip(" "))


def _portuguese_order(charsets: Charsets, charset: int) -> TextOrder:
    def weights(text: str) -> bytes:
        return charsets.encode(_base_letters(text.rstrip(" ")), charset)

    def order(a: str, b: str) -> int:
        x, y = weights(a), weights(b)
        return int(x > y) - int(x < y)

    return order
