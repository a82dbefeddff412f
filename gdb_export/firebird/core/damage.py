"""Log of damaged pages and records: bounded, with page and slot."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage

_MAX_ENTRIES = 1000


class DamageEntry(NamedTuple):
    """A page or record that was skipped, a list of pages that was rebuilt, or with `column` a field
    that is NULL; `table` is "" for damage of the database as a whole."""

    table: str
    reason: str
    page: int | None
    slot: int | None
    column: str | None = None

    def sort_key(self) -> tuple[int, int, str]:
        """Orders by page and slot; entries without a page come last, as consequences of others."""
        page = 1 << 32 if self.page is None else self.page
        return page, -1 if self.slot is None else self.slot, self.reason

    def text(self) -> str:
        """Page, slot, column and reason as one line."""
        return str(Damage(self.reason, self.page, self.slot, column=self.column))


class RowLocation(NamedTuple):
    """The location of a row: page and slot in a database, the offset of its record in a backup."""

    page: int | None = None
    slot: int | None = None
    offset: int | None = None

    def text(self) -> str:
        """The location in words."""
        if self.offset is not None:
            return f"row at byte {self.offset}"
        return f"page {self.page} slot {self.slot}"

    def locate(self, damage: Damage) -> Damage:
        """The same damage with this location."""
        if self.offset is not None:
            reason = f"{self.text()}: {damage.reason}"
            return Damage(reason, damage.page, damage.slot, costs_row=True, column=damage.column)
        return damage if self.page is None else damage.at(self.page, self.slot)


class DamageLog:
    """Counts all damage and keeps the first 1000 entries. `notes` are facts worth a warning that
    are not damage. Safe to use from several threads.

    `rows` counts the entries that cost at most one row, `pages` those that cost all rows of a page,
    `fields` those that cost one field of a row.
    """

    def __init__(
        self,
        table: str = "",
        entries: Iterable[DamageEntry] = (),
        notes: Iterable[str] = (),
        count: int = 0,
        rows: int = 0,
        pages: int = 0,
        fields: int = 0,
    ) -> None:
        self.table = table
        self.entries = list(entries)
        self.notes = list(notes)
        self.count = count
        self.rows = rows
        self.pages = pages
        self.fields = fields
        self._lock = threading.Lock()

    def add(self, damage: Damage) -> None:
        with self._lock:
            self.count += 1
            if damage.column is not None:
                self.fields += 1
            elif damage.costs_row:
                self.rows += 1
            elif damage.page is not None:
                self.pages += 1
            if len(self.entries) < _MAX_ENTRIES:
                location = damage.page, damage.slot, damage.column
                self.entries.append(DamageEntry(self.table, damage.reason, *location))

    def keep(self, count: int) -> None:
        """Keep at most the first `count` entries."""
        with self._lock:
            del self.entries[count:]

    def note(self, text: str) -> None:
        with self._lock:
            if len(self.notes) < _MAX_ENTRIES and text not in self.notes:
                self.notes.append(text)

    def extend(self, other: "DamageLog") -> None:
        """Add the counts and entries of another log, but not its notes."""
        with self._lock:
            self.count += other.count
            self.rows += other.rows
            self.pages += other.pages
            self.fields += other.fields
            self.entries.extend(other.entries[: _MAX_ENTRIES - len(self.entries)])
