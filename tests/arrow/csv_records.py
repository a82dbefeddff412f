"""Reads CSV with NULL and the empty string told apart."""

import re
from collections.abc import Iterator

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')


def records(text: str) -> Iterator[list[str | None]]:
    """The records; NULL is None. In a table of one column a NULL is an empty text."""
    record: list[str | None] = []
    position = 0
    while position < len(text):
        match = _FIELD.match(text, position)
        assert match is not None, text[position : position + 50]
        quoted, plain, end = match.groups()
        record.append(plain or None if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if end == "\n":
            yield record
            record = []
