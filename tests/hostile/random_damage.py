"""Random damage as disks, copy programs and attackers cause it; reproducible from a seed."""

import random
from collections import defaultdict
from collections.abc import Callable

EXTREMES_16 = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
EXTREMES_32 = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class DamagedFile:
    """A file in memory to damage, with random positions in it."""

    def __init__(self, data: bytes, generator: random.Random) -> None:
        self.data = bytearray(data)
        self.generator = generator
        declared = int.from_bytes(data[16:18], "little")
        self.page_size = declared if declared in (1024, 2048, 4096, 8192, 16384, 32768) else 4096
        self.pages_by_type: defaultdict[int, list[int]] = defaultdict(list)
        for page_number in range(self.page_count):
            page_type = self.data[page_number * self.page_size]
            self.pages_by_type[page_type].append(page_number)

    @property
    def page_count(self) -> int:
        return max(len(self.data) // self.page_size, 1)

    def random_page(self) -> int:
        """A page number; every page type is equally likely, however rare it is."""
        page_type = self.generator.choice(sorted(self.pages_by_type))
        return self.generator.choice(self.pages_by_type[page_type])

    def random_offset(self, page_number: int) -> int:
        """An offset in a page; half of them are in its first 64 bytes, which hold its header."""
        length = self.page_size if self.generator.random() < 0.5 else 64
        return page_number * self.page_size + self.generator.randrange(length)

    def put(self, offset: int, content: bytes) -> None:
        content = content[: max(len(self.data) - offset, 0)]
        self.data[offset : offset + len(content)] = content

    def page(self, page_number: int) -> bytes:
        return bytes(self.data[page_number * self.page_size : (page_number + 1) * self.page_size])


def flip_bits(file: DamagedFile) -> None:
    page_number = file.random_page()
    for _ in range(file.generator.choice((1, 1, 2, 8, 64))):
        offset = file.random_offset(page_number)
        if offset < len(file.data):
            file.data[offset] ^= 1 << file.generator.randrange(8)


def zero_page(file: DamagedFile) -> None:
    file.put(file.random_page() * file.page_size, bytes(file.page_size))


def swap_pages(file: DamagedFile) -> None:
    first, second = file.random_page(), file.random_page()
    first_content, second_content = file.page(first), file.page(second)
    file.put(first * file.page_size, second_content)
    file.put(second * file.page_size, first_content)


def repeat_page(file: DamagedFile) -> None:
    file.put(file.random_page() * file.page_size, file.page(file.random_page()))


def cut_off(file: DamagedFile) -> None:
    length = file.generator.randrange(len(file.data) + 1)
    if file.generator.random() < 0.5:
        length -= length % file.page_size
    del file.data[length:]


def patch_pointer(file: DamagedFile) -> None:
    """Write a page number into a page: its own, that of another, or one beyond the file."""
    page_number = file.random_page()
    offset = file.random_offset(page_number) & ~3
    target = file.generator.choice((page_number, file.random_page(), file.page_count, *EXTREMES_32))
    file.put(offset, target.to_bytes(4, "little"))


def patch_count(file: DamagedFile) -> None:
    offset = file.random_offset(file.random_page()) & ~1
    file.put(offset, file.generator.choice(EXTREMES_16).to_bytes(2, "little"))


def change_type(file: DamagedFile) -> None:
    file.put(file.random_page() * file.page_size, bytes([file.generator.randrange(12)]))


def overwrite(file: DamagedFile) -> None:
    length = file.generator.choice((4, 16, 200, 5000))
    file.put(file.random_offset(file.random_page()), file.generator.randbytes(length))


def zero_range(file: DamagedFile) -> None:
    """Zero consecutive pages, as a bad disk loses them."""
    count = file.generator.choice((2, 8, 40))
    file.put(file.random_page() * file.page_size, bytes(count * file.page_size))


def sprinkle(file: DamagedFile) -> None:
    """Change many bytes, but none of the header page, without which little can be read."""
    for _ in range(file.generator.choice((10, 100, 1000))):
        if len(file.data) > file.page_size:
            offset = file.generator.randrange(file.page_size, len(file.data))
            file.data[offset] = file.generator.randrange(256)


def shift(file: DamagedFile) -> None:
    """Delete or insert bytes, so that everything after them is displaced."""
    offset = file.random_offset(file.random_page())
    length = file.generator.choice((1, 512, file.page_size))
    if file.generator.random() < 0.5:
        del file.data[offset : offset + length]
    else:
        file.data[offset:offset] = bytes(length)


# Those that are listed twice are chosen twice as often
DAMAGES: tuple[Callable[[DamagedFile], None], ...] = (
    flip_bits,
    flip_bits,
    patch_pointer,
    patch_pointer,
    patch_count,
    patch_count,
    overwrite,
    zero_page,
    swap_pages,
    repeat_page,
    change_type,
    zero_range,
    sprinkle,
    sprinkle,
    shift,
    cut_off,
)


def damaged(data: bytes, seed: int) -> tuple[bytes, str]:
    """Return the data with one to five damages, and their names."""
    generator = random.Random(seed)
    file = DamagedFile(data, generator)
    damages = [generator.choice(DAMAGES) for _ in range(generator.choice((1, 1, 2, 3, 5)))]
    for damage in damages:
        if file.data:
            damage(file)
    return bytes(file.data), " ".join(damage.__name__ for damage in damages)
