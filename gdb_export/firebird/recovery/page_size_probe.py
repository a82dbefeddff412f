"""Page-size probe: finds the page size from the distance between page headers."""

from typing import NamedTuple

from gdb_export.firebird.core import ods

SAMPLE_BYTES = 1 << 20
_MIN_SHARE = 0.9  # of the page headers: some pages may be damaged


class PageSizeProbe(NamedTuple):
    """Page size in bytes, and whether pages have a checksum (up to ODS 11) or their number."""

    size: int
    have_checksums: bool


def probe_page_size(sample: bytes, begin: int = 0) -> PageSizeProbe | None:
    """Probe a part of a file that begins at offset `begin`, a multiple of every page size.

    None if the sample has fewer than two page headers. Up to ODS 11 every smaller page size finds
    all page headers, too, so the result is the largest size that finds nearly all of them.
    """
    counts = {size: _count_headers(sample, size, begin) for size in ods.PAGE_SIZES}
    max_count = max(sum(headers) for headers in counts.values())
    if max_count < 2:
        return None
    min_count = _MIN_SHARE * max_count
    size = max(size for size, headers in counts.items() if sum(headers) >= min_count)
    with_checksum, with_number = counts[size]
    return PageSizeProbe(size, with_checksum > with_number)


def _count_headers(sample: bytes, size: int, begin: int) -> tuple[int, int]:
    """The number of page headers at multiples of `size`, except page 0: (those with a checksum,
    those with their page number)."""
    last = len(sample) - ods.PAGE_HEADER_SIZE
    with_checksum = with_number = 0
    for offset in range(0 if begin else size, last + 1, size):
        page_type, _, checksum, _, _, number = ods.PAGE_HEADER.unpack_from(sample, offset)
        if ods.PageType.PAGE_INVENTORY <= page_type <= ods.PageType.SCN:
            with_checksum += checksum == ods.PAGE_CHECKSUM
            with_number += checksum == 0 and number == (begin + offset) // size
    return with_checksum, with_number
