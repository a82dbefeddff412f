"""Data pages that are read together: those that lie one after another in the file, or nearly."""

from array import array
from collections.abc import Iterator, Sequence
from operator import sub
from typing import NamedTuple

from gdb_export.firebird.pages.page_file import PageFile

Part = tuple[int, int]  # sequence and number of a data page

# From ODS 12 on the engine gives a table its pages by eights, those of its blobs between the others
MAX_BETWEEN = 16


class PageBatch(NamedTuple):
    """Data pages, and the bytes of the runs that they lie in.

    `offsets` says where in the bytes each of them is; `extents` has three numbers for each run:
    the first page, how many they are, and where in the bytes they are.
    """

    parts: list[Part]
    offsets: "array[int]"
    extents: "array[int]"
    data: bytes
    page_size: int

    def page(self, place: int) -> bytes:
        """The bytes of one of the data pages; fewer where the file ends."""
        offset = self.offsets[place]
        return self.data[offset : offset + self.page_size]


def runs(parts: Sequence[Part], between_for_each: int = 0) -> Iterator[list[Part]]:
    """Parts that lie one after another in the file.

    Between them may be some other pages: so many at most for each that is wanted before them.
    """
    numbers = [number for _, number in parts]
    begun = counted = left = 0
    for place, step in enumerate(map(sub, numbers[1:], numbers), 1):
        if step == 1:
            continue
        left = min(MAX_BETWEEN, left + between_for_each * (place - counted))
        counted, left = place, left - step + 1
        if step < 1 or left < 0:
            yield list(parts[begun:place])
            begun, left = place, 0
    if parts:
        yield list(parts[begun:])


def extent(run: Sequence[Part]) -> tuple[int, int]:
    """The first page of a run, and how many pages it is with those between."""
    first = run[0][1]
    return first, run[-1][1] - first + 1


def page_batches(
    pages: PageFile, parts: Sequence[Part], between_for_each: int = 0
) -> Iterator[PageBatch]:
    """Parts with the bytes of their pages: all at once, but pages beyond the end of the file
    end a stretch, since bytes are missing there."""
    held: list[tuple[list[Part], bytes]] = []
    for run in runs(parts, between_for_each):
        first, count = extent(run)
        data = pages.run(first, count)
        held.append((run, data))
        if len(data) < count * pages.page_size:
            yield build_page_batch(held, pages.page_size)
            held = []
    if held:
        yield build_page_batch(held, pages.page_size)


def build_page_batch(runs: Sequence[tuple[list[Part], bytes]], page_size: int) -> PageBatch:
    """Runs with their bytes as one stretch; only the last may be short of bytes."""
    parts: list[Part] = []
    offsets, extents = array("q"), array("q")
    at = 0
    for run, data in runs:
        first, _ = extent(run)
        parts += run
        offsets.extend([at + (number - first) * page_size for _, number in run])
        extents.extend((first, len(data) // page_size, at))
        at += len(data)
    return PageBatch(parts, offsets, extents, b"".join(data for _, data in runs), page_size)
