"""Counts of what the decoding of texts met, for warnings and the manifest."""

from typing import NamedTuple


class TextCounts(NamedTuple):
    """`replaced` and `controls` count characters: U+FFFD for undecodable bytes, and U+0080 to
    U+009F, which hardly any text contains: the bytes are most likely of another character set.

    The others count values with bytes beyond ASCII: `misread` are valid UTF-8, but decoded in
    another set, because their column declares none; `utf8` were recognised as UTF-8; `otherwise`
    are not valid UTF-8 and were decoded in the set for such values.
    """

    replaced: int = 0
    controls: int = 0
    misread: int = 0
    utf8: int = 0
    otherwise: int = 0

    def plus(self, other: "TextCounts") -> "TextCounts":
        return TextCounts(*map(int.__add__, self, other))


NOTHING = TextCounts()
UTF8_VALUE = TextCounts(utf8=1)
MISREAD_VALUE = TextCounts(misread=1)
OTHER_VALUE = TextCounts(otherwise=1)
