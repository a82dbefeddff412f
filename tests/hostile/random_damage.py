"""Damage as disks, copies and enemies do it, to the bytes of a database; random but from a seed."""

import random
from collections import defaultdict
from collections.abc import Callable

EXTREMES_16 = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
EXTREMES_32 = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Victim:
    """The bytes of a file while they are damaged, page by page."""

    def __init__(self, data: bytes, chance: random.Random) -> None:
        self.data = bytearray(data)
        self.chance = chance
        declared = int.from_bytes(data[16:18], "little")
        self.page_size = declared if declared in (1024, 2048, 4096, 8192, 16384, 32768) else 4096
        self.pages_by_type: defaultdict[int, list[int]] = defaultdict(list)
        for number in range(self.page_count):
            self.pages_by_type[self.data[number * self.page_size]].append(number)

    @property
    def page_count(self) -> int:
        return max(len(self.data) // self.page_size, 1)

    def page(self) -> int:
        """A page; of each type as often as of any other, however rare it is."""
        kind = self.chance.choice(sorted(self.pages_by_type))
        return self.chance.choice(self.pages_by_type[kind])

    def offset(self, page: int) -> int:
        """A place in a page; half of them in its first bytes, where the structure is."""
        reach = self.page_size if self.chance.random() < 0.5 else 64
        return page * self.page_size + self.chance.randrange(reach)

    def put(self, offset: int, new: bytes) -> None:
        new = new[: max(len(self.data) - offset, 0)]
        self.data[offset : offset + len(new)] = new

    def content(self, page: int) -> bytes:
        return bytes(self.data[page * self.page_size : (page + 1) * self.page_size])


def flip_bits(victim: Victim) -> None:
    page = victim.page()
    for _ in range(victim.chance.choice((1, 1, 2, 8, 64))):
        at = victim.offset(page)
        if at < len(victim.data):
            victim.data[at] ^= 1 << victim.chance.randrange(8)


def zero_page(victim: Victim) -> None:
    victim.put(victim.page() * victim.page_size, bytes(victim.page_size))


def swap_pages(victim: Victim) -> None:
    one, other = victim.page(), victim.page()
    first, second = victim.content(one), victim.content(other)
    victim.put(one * victim.page_size, second)
    victim.put(other * victim.page_size, first)


def repeat_page(victim: Victim) -> None:
    victim.put(victim.page() * victim.page_size, victim.content(victim.page()))


def cut_off(victim: Victim) -> None:
    length = victim.chance.randrange(len(victim.data) + 1)
    if victim.chance.random() < 0.5:
        length -= length % victim.page_size
    del victim.data[length:]


def patch_pointer(victim: Victim) -> None:
    """A page number of somewhere: of this page, of another, of none."""
    page = victim.page()
    at = victim.offset(page) & ~3
    target = victim.chance.choice((page, victim.page(), victim.page_count, *EXTREMES_32))
    victim.put(at, target.to_bytes(4, "little"))


def patch_count(victim: Victim) -> None:
    at = victim.offset(victim.page()) & ~1
    victim.put(at, victim.chance.choice(EXTREMES_16).to_bytes(2, "little"))


def change_type(victim: Victim) -> None:
    victim.put(victim.page() * victim.page_size, bytes([victim.chance.randrange(12)]))


def overwrite(victim: Victim) -> None:
    length = victim.chance.choice((4, 16, 200, 5000))
    victim.put(victim.offset(victim.page()), victim.chance.randbytes(length))


def zero_range(victim: Victim) -> None:
    """Some pages in a row, as a bad disk loses them."""
    count = victim.chance.choice((2, 8, 40))
    victim.put(victim.page() * victim.page_size, bytes(count * victim.page_size))


def sprinkle(victim: Victim) -> None:
    """Many wounds at once, but none of the header, without which there is little to read."""
    for _ in range(victim.chance.choice((10, 100, 1000))):
        if len(victim.data) > victim.page_size:
            at = victim.chance.randrange(victim.page_size, len(victim.data))
            victim.data[at] = victim.chance.randrange(256)


def shift(victim: Victim) -> None:
    """Bytes that are lost or too many: all behind them is elsewhere."""
    at = victim.offset(victim.page())
    if victim.chance.random() < 0.5:
        del victim.data[at : at + victim.chance.choice((1, 512, victim.page_size))]
    else:
        victim.data[at:at] = bytes(victim.chance.choice((1, 512, victim.page_size)))


DAMAGES: tuple[Callable[[Victim], None], ...] = (
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
    """The data with one to five damages, and their names."""
    chance = random.Random(seed)
    victim = Victim(data, chance)
    chosen = [chance.choice(DAMAGES) for _ in range(chance.choice((1, 1, 2, 3, 5)))]
    for damage in chosen:
        if victim.data:
            damage(victim)
    return bytes(victim.data), " ".join(damage.__name__ for damage in chosen)
