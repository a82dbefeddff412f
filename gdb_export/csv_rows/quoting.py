"""Fields and records of CSV: NULL is nothing, quotes only where they are needed."""

import re
from collections.abc import Sequence

_NEEDS_QUOTES = re.compile('[",\r\n]')


def quoted(text: str) -> str:
    """One field; the empty string is `""`, so that it is not a NULL."""
    if not text:
        return '""'
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def record(fields: Sequence[str | None]) -> str:
    """One line; a lone NULL is `""` too, since readers skip a blank line."""
    if len(fields) == 1 and fields[0] is None:
        return '""\n'
    return ",".join(["" if text is None else quoted(text) for text in fields]) + "\n"
