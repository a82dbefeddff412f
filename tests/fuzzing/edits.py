"""Edits of golden files as short inputs.

An input names a golden file by its first byte. Edits follow, each of a header of 7 bytes and its
content: the kind, a page (the rank of its type, then its index among the pages of that type as
u16), the offset in the page as u16, and the length of the content. So a mutation of a few bytes
changes a header, a pointer or a record of a real database, and inputs stay short.
"""

import random
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from tests.hostile.random_damage import DamagedFile

HEADER = Struct("<BBHHB")
MAX_EDITS = 16
OVERWRITE, ZERO_PAGE, COPY_PAGE, CUT_OFF, INSERT, DELETE = range(6)
_KINDS = 6


class Edit(NamedTuple):
    """`type_rank` and `index` name a page; `offset` is in that page."""

    kind: int
    type_rank: int
    index: int
    offset: int
    content: bytes

    def to_bytes(self) -> bytes:
        return HEADER.pack(*self[:4], len(self.content)) + self.content


def read_edits(script: bytes) -> Iterator[Edit]:
    """Yield the edits of a script; an incomplete header at its end is ignored."""
    position = 0
    for _ in range(MAX_EDITS):
        if position + HEADER.size > len(script):
            return
        kind, type_rank, index, offset, length = HEADER.unpack_from(script, position)
        position += HEADER.size
        yield Edit(kind % _KINDS, type_rank, index, offset, script[position : position + length])
        position += length


def edited(data: bytes, script: bytes) -> bytes:
    """The file after the edits of the script."""
    file = DamagedFile(data, random.Random(0))
    for edit in read_edits(script):
        _apply(file, edit)
    return bytes(file.data)


def _apply(file: DamagedFile, edit: Edit) -> None:
    start = _page(file, edit.type_rank, edit.index) * file.page_size
    offset = start + edit.offset % file.page_size
    if edit.kind == OVERWRITE:
        file.put(offset, edit.content)
    elif edit.kind == ZERO_PAGE:
        file.put(start, bytes(file.page_size))
    elif edit.kind == COPY_PAGE:
        target = _page(file, *edit.content[:2].ljust(2, b"\0"))
        file.put(target * file.page_size, bytes(file.data[start : start + file.page_size]))
    elif edit.kind == CUT_OFF:
        del file.data[offset:]
    elif edit.kind == INSERT:
        file.data[offset:offset] = edit.content
    else:
        del file.data[offset : offset + max(len(edit.content), 1)]


def _page(file: DamagedFile, type_rank: int, index: int) -> int:
    """A page number of the undamaged file."""
    page_types = sorted(file.pages_by_type)
    pages = file.pages_by_type[page_types[type_rank % len(page_types)]]
    return pages[index % len(pages)]
