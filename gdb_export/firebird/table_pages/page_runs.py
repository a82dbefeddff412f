"""Page runs and page batches: data pages that are read together, because they are adjacent or
nearly adjacent in the file."""

from array import array
from collections.abc import Iterator, Sequence
from operator import sub
from typing import NamedTuple

from gdb_export.firebird.pages.page_file import PageFile

PageRef = tuple[int, int]  # sequence in the table and page number of a data page

# From ODS 12 on the engine allocates data pages in groups of eight, with blob pages between them
MAX_GAP = 16


class PageBatch(NamedTuple):
    """Data pages with the bytes of the runs that contain them.

    `offsets` has the offset in `data` of each page of `page_refs`; `extents` has three numbers per
    run: first page, number of pages, offset in `data`.
    """

    page_refs: list[PageRef]
    offsets: "array[int]"
    extents: "array[int]"
    data: bytes
    page_size: int

    def page(self, index: int) -> bytes:
        """The bytes of a page of `page_refs`; fewer where the file ends."""
        offset = self.offsets[index]
        return self.data[offset : offset + self.page_size]


def runs(page_refs: Sequence[PageRef], gap_per_page: int = 0) -> Iterator[list[PageRef]]:
    """Divide pages into runs of increasing page numbers with small gaps.

    Each page of a run allows `gap_per_page` unwanted pages after it; unused ones add up to MAX_GAP.
    """
    numbers = [page_number for _, page_number in page_refs]
    # `allowed` is the allowed length of the next gap, earned by the pages before index `counted`
    start = counted = allowed = 0
    for index, step in enumerate(map(sub, numbers[1:], numbers), 1):
        if step == 1:
            continue
        allowed = min(MAX_GAP, allowed + gap_per_page * (index - counted))
        counted, allowed = index, allowed - step + 1
        if step < 1 or allowed < 0:
            yield list(page_refs[start:index])
            start, allowed = index, 0
    if page_refs:
        yield list(page_refs[start:])


def extent(run: Sequence[PageRef]) -> tuple[int, int]:
    """The first page number of a run, and its length in pages, gaps included."""
    first = run[0][1]
    return first, run[-1][1] - first + 1


def page_batches(
    pages: PageFile, page_refs: Sequence[PageRef], gap_per_page: int = 0
) -> Iterator[PageBatch]:
    """Read pages. The result is one batch, unless a run is cut off by the end of the file: such a
    run ends its batch, because bytes are missing after it."""
    batch: list[tuple[list[PageRef], bytes]] = []
    for run in runs(page_refs, gap_per_page):
        first, count = extent(run)
        data = pages.run(first, count)
        batch.append((run, data))
        if len(data) < count * pages.page_size:
            yield build_page_batch(batch, pages.page_size)
            batch = []
    if batch:
        yield build_page_batch(batch, pages.page_size)


def build_page_batch(runs: Sequence[tuple[list[PageRef], bytes]], page_size: int) -> PageBatch:
    """One batch of runs and their bytes; only the last run may be cut off."""
    page_refs: list[PageRef] = []
    offsets, extents = array("q"), array("q")
    at = 0
    for run, data in runs:
        first, _ = extent(run)
        page_refs += run
        offsets.extend([at + (page_number - first) * page_size for _, page_number in run])
        extents.extend((first, len(data) // page_size, at))
        at += len(data)
    data = b"".join(run_bytes for _, run_bytes in runs)
    return PageBatch(page_refs, offsets, extents, data, page_size)
