"""The databases that are damaged, with their rows and the positions of these in the file."""

import gzip
from collections import Counter, defaultdict
from functools import cached_property
from pathlib import Path

from benchmarks.recovery.comparison import Rows
from benchmarks.recovery.damage_kinds import Damaged
from benchmarks.recovery.reading import ReadRows, read_rows
from benchmarks.recovery.row_positions import ByteRange, RowPositions
from benchmarks.recovery.rows import Row
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.opening import open_database
from tests.firebird.memory_source import MemorySource

DATA = Path(__file__).parents[2] / "tests" / "data"
# By ODS: many rows, blobs of all levels, old versions of rows, formats
FILES = {
    "10.1": ("fb15/cnes", "fb15/blobs", "fb15/mvcc", "fb15/evolve"),
    "11.2": ("recovery/fb25/blobs", "recovery/fb25/mvcc", "fb25/evolve", "fb25/types"),
    "12.0": ("recovery/fb30/blobs", "recovery/fb30/mvcc", "fb30/evolve", "fb30/types"),
    "13.1": (
        "recovery/fb50/blobs",
        "recovery/fb50/mvcc",
        "fb50/added_and_dropped_columns",
        "fb50/updates_and_deletions",
        "fb50/long_records",
    ),
    "14.0": ("fb60/life14", "fb60/life40", "fb60/blobs", "fb60/schemas"),
}


class Subject:
    """An undamaged database: its rows, and which of them are complete in a damaged copy."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.data = _content(path)
        self._database = open_database(MemorySource(self.data))
        self.page_size = self._database.page_size
        positions = RowPositions(self._database)
        self._positions = {
            table.name: list(positions.rows(table)) for table in self._database.tables
        }
        self._whole = read_rows(self.data)
        self.rows = self._whole.tables
        self._counted = {name: table.counted() for name, table in self.rows.items()}
        # of each table: the indexes of the rows with bytes on a page
        self._rows_on_page: dict[str, dict[int, set[int]]] = {}
        for name, table in self.rows.items():
            assert len(table.rows) == len(self._positions[name]), f"positions of {name}"
            on_page = self._rows_on_page[name] = defaultdict(set)
            for index, ranges in enumerate(self._positions[name]):
                for piece in ranges:
                    on_page[piece.page].add(index)

    def read(self, data: bytes, schema: bytes | None = None) -> ReadRows:
        """The rows of a damaged copy; tables whose CSV is unchanged are those of `rows`."""
        return read_rows(data, schema, self._whole)

    @cached_property
    def unfinished(self) -> Rows:
        """The rows that would be visible if every transaction were committed."""
        data = bytearray(self.data)
        for start in range(0, len(data), self.page_size):
            if data[start] == PageType.TRANSACTION_INVENTORY:
                end = start + self.page_size
                data[start + 20 : end] = b"\xff" * (self.page_size - 20)
        tables = read_rows(bytes(data)).tables
        return {name: tables[name].counted() - self._counted[name] for name in self.rows}

    def intact(self, damaged: Damaged) -> Rows:
        """The rows whose bytes are all in the damaged copy: see `row_positions`."""
        changed = self._changed_pages(damaged)
        intact: dict[str, Counter[Row]] = {}
        for name, table in self.rows.items():
            on_page, positions = self._rows_on_page[name], self._positions[name]
            touched = {index for page in changed & on_page.keys() for index in on_page[page]}
            broken = Counter(
                table.rows[index]
                for index in touched
                if any(
                    piece.page in changed and self._is_changed(piece, damaged)
                    for piece in positions[index]
                )
            )
            intact[name] = self._counted[name] - broken if broken else self._counted[name]
        return intact

    def _changed_pages(self, damaged: Damaged) -> set[int]:
        size = self.page_size
        return {
            start // size
            for start in range(0, len(self.data), size)
            if self.data[start : start + size] != damaged.data[start : start + size]
        }

    def _is_changed(self, piece: ByteRange, damaged: Damaged) -> bool:
        here = piece.page * self.page_size
        there = damaged.moved.get(piece.page, piece.page) * self.page_size
        return (
            self.data[here + piece.start : here + piece.end]
            != damaged.data[there + piece.start : there + piece.end]
        )


def ods_of(path: Path) -> str:
    """The ODS version of a database file, such as "13.1"."""
    return open_database(MemorySource(_content(path))).format_label


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
