"""What the headers of pages tell: the page size is the distance at which they stand."""

from typing import NamedTuple

from gdb_export.firebird.core import ods

SAMPLE_BYTES = 1 << 20


class PageSizeProbe(NamedTuple):
    """Pages of `size` bytes; up to ODS 11 they bear a checksum, later ones their number."""

    size: int
    have_checksums: bool


def probe_page_size(sample: bytes, begin: int = 0) -> PageSizeProbe | None:
    """From some bytes of a file, which lie `begin` bytes from its start, a multiple of every page
    size; None if hardly any page header is found.

    Up to ODS 11 every multiple of half the size is as good as the size itself, so the largest
    of the sizes that find nearly all headers is the right one.
    """
    found = {size: _headers(sample, size, begin) for size in ods.PAGE_SIZES}
    most = max(sum(counts) for counts in found.values())
    if most < 2:
        return None
    size = max(size for size, counts in found.items() if sum(counts) >= 0.9 * most)
    with_checksum, with_number = found[size]
    return PageSizeProbe(size, with_checksum > with_number)


def _headers(sample: bytes, size: int, begin: int) -> tuple[int, int]:
    """How many page headers stand at multiples of a size, but for that of the header page: those
    with a checksum, and those with their number."""
    last = len(sample) - ods.PAGE_HEADER_SIZE
    with_checksum = with_number = 0
    for place in range(0 if begin else size, last + 1, size):
        kind, _, checksum, _, _, own = ods.PAGE_HEADER.unpack_from(sample, place)
        if ods.PageType.PAGE_INVENTORY <= kind <= ods.PageType.SCN:
            with_checksum += checksum == ods.PAGE_CHECKSUM
            with_number += checksum == 0 and own == (begin + place) // size
    return with_checksum, with_number
