"""Blobs that are not held in memory as a whole: their content is read in parts."""

from collections.abc import Callable, Iterable, Iterator

from gdb_export.firebird.core.boundary import translate_unexpected_items
from gdb_export.firebird.core.errors import Damage

# Bytes of a blob that is held in memory. An export holds a few copies of it for each worker: the
# content, its text, and its field.
MAX_WHOLE_BLOB = 4 << 20
_PART_BYTES = 1 << 18


class LargeBlob:
    """A blob of more than MAX_WHOLE_BLOB bytes. `length` is its length in bytes.

    `read` returns the parts of the content; its argument says whether they spend the budget of the
    database. A blob is read several times, and spends once.
    """

    def __init__(self, read: Callable[[bool], Iterable[bytes]], length: int) -> None:
        self.length = length
        self._read = read
        self._is_charged = False

    @translate_unexpected_items
    def parts(self) -> Iterator[bytes]:
        """The content in parts, from its start on; raises Damage."""
        is_first, self._is_charged = not self._is_charged, True
        yield from self._read(is_first)


def segment_contents(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The contents of segments, each of which begins with its u16 length. `parts` may begin and
    end anywhere in a segment. Raises Damage."""
    rest = b""
    for part in parts:
        data = rest + part
        contents: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= 2:
            length = data[at] | data[at + 1] << 8
            if length > end - at - 2:
                break
            contents.append(data[at + 2 : at + 2 + length])
            at += 2 + length
        rest = data[at:]
        yield b"".join(contents)
    if rest:
        raise Damage("a segment of a blob goes past its end")


def joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join small parts to parts of at least _PART_BYTES, except for the last one."""
    collected: list[bytes] = []
    length = 0
    for part in parts:
        collected.append(part)
        length += len(part)
        if length >= _PART_BYTES:
            yield b"".join(collected)
            collected, length = [], 0
    yield b"".join(collected)
