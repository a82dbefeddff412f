"""The page size by the pages themselves: the distance at which page headers stand."""

from job.firebird import ods

SAMPLE_BYTES = 1 << 20


def likely_page_size(sample: bytes) -> int | None:
    """From the first bytes of a file; None if hardly any page header is found.

    Up to ODS 11 every multiple of half the size is as good as the size itself, so the largest
    of the sizes that find nearly all headers is the right one.
    """
    found = {size: _headers(sample, size) for size in ods.PAGE_SIZES}
    most = max(found.values())
    if most < 2:
        return None
    return max(size for size, count in found.items() if count >= 0.9 * most)


def _headers(sample: bytes, size: int) -> int:
    """How many page headers stand at multiples of a size, but for that of the header page."""
    last = len(sample) - ods.PAGE_HEADER_SIZE
    places = range(size, last + 1, size)
    return sum(_is_page_header(sample, place, place // size) for place in places)


def _is_page_header(sample: bytes, place: int, number: int) -> bool:
    kind, _, checksum, _, _, own = ods.PAGE_HEADER.unpack_from(sample, place)
    if not ods.PageType.PAGE_INVENTORY <= kind <= ods.PageType.SCN:
        return False
    return bool(checksum == ods.PAGE_CHECKSUM or (checksum == 0 and own == number))
