"""The kinds of damage that the recovery rate is measured with; each is reproducible from a seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.recovery.earlier_state import EarlierState
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import PageType

SECTOR = 512
KB = 1024


@dataclass
class Damaged:
    """A damaged copy of a database. `moved` has the new page numbers of pages that are complete,
    but in another position."""

    data: bytearray
    page_size: int
    generator: random.Random
    moved: dict[int, int] = field(default_factory=dict)

    @property
    def page_count(self) -> int:
        return len(self.data) // self.page_size

    def page(self, page_number: int) -> bytes:
        return bytes(self.data[page_number * self.page_size : (page_number + 1) * self.page_size])

    def replace(self, page_number: int, content: bytes) -> None:
        start = page_number * self.page_size
        self.data[start : start + self.page_size] = content

    def zero(self, page_number: int) -> None:
        self.replace(page_number, bytes(self.page_size))

    def pages_of_type(self, page_type: PageType) -> list[int]:
        return [
            number
            for number in range(self.page_count)
            if self.data[number * self.page_size] == page_type
        ]

    def relation(self, page_number: int) -> int:
        """The table number on a data page or pointer page."""
        at = page_number * self.page_size + (
            20 if self.data[page_number * self.page_size] == PageType.DATA else 26
        )
        return int.from_bytes(self.data[at : at + 2], "little")

    def random_page(self) -> int:
        """Any page but the header page."""
        return self.generator.randrange(1, self.page_count)

    def some_of(self, page_numbers: list[int], share: float) -> list[int]:
        """A random share of the pages, at least one if there is one."""
        count = min(len(page_numbers), max(1, round(share * len(page_numbers))))
        return self.generator.sample(page_numbers, count)


Damage = Callable[[Damaged], None]


def zero_page(file: Damaged) -> None:
    file.zero(file.random_page())


def noise(file: Damaged) -> None:
    file.replace(file.random_page(), file.generator.randbytes(file.page_size))


def swap(file: Damaged) -> None:
    first, second = file.generator.sample(range(1, file.page_count), 2)
    first_content, second_content = file.page(first), file.page(second)
    file.replace(first, second_content)
    file.replace(second, first_content)
    file.moved = {first: second, second: first}


def truncate(share: float) -> Damage:
    """Cut the file off near this share of its length, at any byte."""

    def damage(file: Damaged) -> None:
        length = int(len(file.data) * share)
        del file.data[length - file.generator.randrange(4 * file.page_size) :]

    return damage


def lose_begin(count: int) -> Damage:
    """Zero the first bytes or, with every second seed, fill them with noise."""

    def damage(file: Damaged) -> None:
        length = min(count, len(file.data))
        is_noise = file.generator.random() < 0.5
        file.data[:length] = file.generator.randbytes(length) if is_noise else bytes(length)

    return damage


def lose_header(file: Damaged) -> None:
    lose_begin(file.page_size)(file)


def lose_pointer_pages(file: Damaged) -> None:
    """Zero half of the pointer pages of users' tables."""
    pages = [
        number
        for number in file.pages_of_type(PageType.POINTER)
        if file.relation(number) >= ods.SYSTEM_RELATIONS
    ]
    for page_number in file.some_of(pages, 0.5):
        file.zero(page_number)


def lose_transactions(file: Damaged) -> None:
    """Zero a page of the transaction inventory; small databases have only one."""
    for page_number in file.some_of(file.pages_of_type(PageType.TRANSACTION_INVENTORY), 0.5):
        file.zero(page_number)


def _catalogue_pages(file: Damaged) -> list[int]:
    return [
        number
        for number in file.pages_of_type(PageType.DATA)
        if file.relation(number) < ods.SYSTEM_RELATIONS
    ]


def lose_catalogue_page(file: Damaged) -> None:
    for page_number in file.generator.sample(_catalogue_pages(file), 1):
        file.zero(page_number)


def lose_catalogue(file: Damaged) -> None:
    for page_number in file.some_of(_catalogue_pages(file), 0.25):
        file.zero(page_number)


def lose_blob_pages(file: Damaged) -> None:
    for page_number in file.some_of(file.pages_of_type(PageType.BLOB), 0.1):
        file.zero(page_number)


def lose_sectors(file: Damaged) -> None:
    """Zero 1 % of all sectors of 512 bytes."""
    count = len(file.data) // SECTOR
    for sector in file.generator.sample(range(count), max(1, count // 100)):
        file.data[sector * SECTOR : (sector + 1) * SECTOR] = bytes(SECTOR)


def tear(file: Damaged) -> None:
    """A copy that was made page by page while rows were being inserted: the pages before a random
    one are of an earlier state."""
    earlier = EarlierState(bytes(file.data), file.page_size, file.generator.random())
    for page_number in range(1, file.generator.randrange(1, file.page_count)):
        file.replace(page_number, earlier.page(page_number))


# In the order of the table; the texts are those of docs/recovery.md
DAMAGES: dict[str, Damage] = {
    "one page zeroed": zero_page,
    "one page of noise": noise,
    "two pages swapped": swap,
    "cut off at 90 %": truncate(0.9),
    "cut off at 50 %": truncate(0.5),
    "cut off at 10 %": truncate(0.1),
    "first 64 KB lost": lose_begin(64 * KB),
    "first 512 KB lost": lose_begin(512 * KB),
    "first 2 MB lost": lose_begin(2048 * KB),
    "header page lost": lose_header,
    "half of the pointer pages lost": lose_pointer_pages,
    "transaction inventory lost": lose_transactions,
    "one page of the catalogue lost": lose_catalogue_page,
    "a quarter of the catalogue lost": lose_catalogue,
    "a tenth of the blob pages lost": lose_blob_pages,
    "1 % of all sectors lost": lose_sectors,
    "torn copy": tear,
}


def damaged(data: bytes, page_size: int, kind: str, seed: int) -> Damaged:
    """A copy of the database with this damage; the same for the same seed."""
    file = Damaged(bytearray(data), page_size, random.Random(f"{kind} {seed}"))
    DAMAGES[kind](file)
    return file
