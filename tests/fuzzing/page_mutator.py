"""Mutates whole databases so that their page headers stay plausible."""

import random
from collections.abc import Callable
from struct import pack_into

from tests.hostile.random_damage import DAMAGES, DamagedFile

COMMON_HEADER = 16  # bytes at the start of every page: type, flags, checksum, generation, number
_PAGE_TYPES = range(1, 11)


def mutate_pages(
    data: bytes, max_length: int, seed: int, mutate: Callable[[bytes, int], bytes]
) -> bytes:
    """Change the content of a page by `mutate`, or damage the file as a disk would.

    In three of four cases the common header of the page stays as it is.
    """
    generator = random.Random(seed)
    if len(data) < COMMON_HEADER + 8:
        return mutate(data, max_length)
    file = DamagedFile(data, generator)
    choice = generator.randrange(8)
    if choice == 0:
        generator.choice(DAMAGES)(file)
    elif choice == 1:
        _retype(file)
    else:
        _change_content(file, mutate)
    return bytes(file.data[:max_length])


def _retype(file: DamagedFile) -> None:
    """Give a page another valid type, and the flags 0."""
    start = file.random_page() * file.page_size
    pack_into("<BB", file.data, start, file.generator.choice(_PAGE_TYPES), 0)


def _change_content(file: DamagedFile, mutate: Callable[[bytes, int], bytes]) -> None:
    """Change at most 64 bytes, which begin at a multiple of 4 after the common header."""
    generator = file.generator
    page = file.random_page()
    first = COMMON_HEADER if generator.randrange(4) else 0
    limit = min(file.page_size, 64 if generator.randrange(2) else file.page_size)
    offset = page * file.page_size + generator.randrange(first, limit, 4)
    before = bytes(file.data[offset : offset + generator.choice((2, 4, 8, 64))])
    if before:
        file.put(offset, mutate(before, len(before))[: len(before)])
