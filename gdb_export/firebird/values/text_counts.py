"""Counts of suspicious characters and values in decoded texts, for warnings and the manifest."""

from typing import NamedTuple


class TextCounts(NamedTuple):
    """Counts of the characters or values of decoded texts.

    Characters: `replaced` counts U+FFFD for undecodable bytes; `controls` U+0080 to U+009F, which
    hardly any text contains: most likely the bytes are of another character set.

    Values with bytes beyond ASCII: `misread` counts those that are valid UTF-8 but were decoded in
    another set, because their column declares none; `utf8` those recognised as UTF-8; `otherwise`
    those that are not valid UTF-8 and were decoded in the set for such values.
    """

    replaced: int = 0
    controls: int = 0
    misread: int = 0
    utf8: int = 0
    otherwise: int = 0

    def plus(self, other: "TextCounts") -> "TextCounts":
        """The sums of both."""
        return TextCounts(*map(int.__add__, self, other))


NOTHING = TextCounts()
UTF8_VALUE = TextCounts(utf8=1)
MISREAD_VALUE = TextCounts(misread=1)
OTHER_VALUE = TextCounts(otherwise=1)
