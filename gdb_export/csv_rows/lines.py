"""Fields and lines of CSV. The field of a large blob is written in parts."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gdb_export.firebird.core.errors import Damage, UnreadableDatabase

# The bytes of a line or of a field, or their parts if a large blob is among them
Written = bytes | Iterator[bytes]

NEEDS_QUOTES = re.compile('[",\r\n]')


class LargeField:
    """The field of a blob that is not held in memory.

    `read_texts` reads the text in parts, from its start on. The text is not empty, and has been
    read once before, so that it has no damage.
    """

    def __init__(self, read_texts: Callable[[], Iterable[str]], needs_quotes: bool) -> None:
        self._read_texts = read_texts
        self._needs_quotes = needs_quotes

    def parts(self) -> Iterator[bytes]:
        """The bytes of the field. Raises UnreadableDatabase if the source has changed."""
        if self._needs_quotes:
            yield b'"'
        try:
            for text in self._read_texts():
                escaped = text.replace('"', '""') if self._needs_quotes else text
                yield escaped.encode("utf-8", "replace")
        except Damage as damage:
            raise UnreadableDatabase(f"the source changed while it was read: {damage}") from damage
        if self._needs_quotes:
            yield b'"'


Field = str | LargeField | None


def quoted(text: str) -> str:
    """A field; the empty string is `""`, which distinguishes it from NULL."""
    if not text:
        return '""'
    if NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_line(fields: Sequence[str | None]) -> str:
    """A line; a single NULL is `""` too, since readers skip blank lines."""
    if len(fields) == 1 and fields[0] is None:
        return '""\n'
    return ",".join(["" if text is None else quoted(text) for text in fields]) + "\n"


def written_field(field: Field) -> Written:
    """The bytes of a field."""
    if isinstance(field, LargeField):
        return field.parts()
    return b"" if field is None else quoted(field).encode("utf-8", "replace")


def written_line(fields: Sequence[Field]) -> Written:
    """The bytes of a line."""
    texts = [field for field in fields if not isinstance(field, LargeField)]
    if len(texts) < len(fields):
        return _line_parts(fields)
    return csv_line(texts).encode("utf-8", "replace")


def _line_parts(fields: Sequence[Field]) -> Iterator[bytes]:
    for index, field in enumerate(fields):
        if index:
            yield b","
        yield from parts_of(written_field(field))
    yield b"\n"


def parts_of(written: Written) -> Iterable[bytes]:
    """The bytes of a line or of a field as parts."""
    return [written] if isinstance(written, bytes) else written
