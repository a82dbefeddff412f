"""Log of damaged pages and records: bounded, with page and slot."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage

_MAX_ENTRIES = 1000


class DamageEntry(NamedTuple):
    """A page or record that was skipped, or a list of pages that was rebuilt; `table` is "" for
    damage of the database as a whole."""

    table: str
    reason: str
    page: int | None
    slot: int | None

    def sort_key(self) -> tuple[int, int, str]:
        """Orders by page and slot; entries without a page come last, as consequences of others."""
        page = 1 << 32 if self.page is None else self.page
        return page, -1 if self.slot is None else self.slot, self.reason

    def text(self) -> str:
        """Page, slot and reason as one line."""
        return str(Damage(self.reason, self.page, self.slot))


class DamageLog:
    """Counts all damage and keeps the first 1000 entries. `notes` are facts worth a warning that
    are not damage. Safe to use from several threads.

    `rows` counts the entries that cost at most one row, `pages` those that cost all rows of a page.
    """

    def __init__(
        self,
        table: str = "",
        entries: Iterable[DamageEntry] = (),
        notes: Iterable[str] = (),
        count: int = 0,
        rows: int = 0,
        pages: int = 0,
    ) -> None:
        self.table = table
        self.entries = list(entries)
        self.notes = list(notes)
        self.count = count
        self.rows = rows
        self.pages = pages
        self._lock = threading.Lock()

    def add(self, damage: Damage) -> None:
        with self._lock:
            self.count += 1
            self.rows += damage.costs_row
            self.pages += not damage.costs_row and damage.page is not None
            if len(self.entries) < _MAX_ENTRIES:
                entry = DamageEntry(self.table, damage.reason, damage.page, damage.slot)
                self.entries.append(entry)

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
            self.entries.extend(other.entries[: _MAX_ENTRIES - len(self.entries)])
