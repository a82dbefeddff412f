"""One export cut into parts that different tasks write, and what each tells of its part.

Every task makes the same plan and takes the same contiguous share of its chunks, so nobody has to
be asked. The ZIP's bytes of a part are its *head*, which goes on with the member that an earlier
part began, and its *tail*, from the first member that it begins itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gdb_export.chunks.chunks import Chunk, TablePlan, total_weight
from gdb_export.csv_rows.table_stats import Failures, TableStats
from gdb_export.firebird.core.damage import DamageEntry, DamageLog


class PartRange:
    """The part with that index of `count`."""

    def __init__(self, index: int = 0, count: int = 1) -> None:
        self.index = index
        self.count = count

    def chunks(self, plans: Sequence[TablePlan]) -> Iterator[Chunk]:
        """Its chunks, in the order of the whole export; all shares together are all chunks."""
        total = total_weight(plans)
        begun = 0
        for plan in plans:
            for chunk in plan.chunks():
                if begun * self.count // total == self.index:
                    yield chunk
                begun += chunk.weight

    def extent(self, plans: Sequence[TablePlan]) -> tuple[int, int]:
        """How many tables it begins, and how much work it is, in pages."""
        tables = work = 0
        for chunk in self.chunks(plans):
            tables += chunk.is_first
            work += chunk.work
        return tables, work


class PartialMember:
    """What one part has of a table's member; `packed` is its deflate data, `size` and `crc` are
    of its CSV, all of this part only."""

    def __init__(self, table: str, begins: bool, is_large: bool, account: TableStats) -> None:
        self.table = table
        self.begins = begins
        self.is_large = is_large
        self.account = account
        self.ends = False
        self.packed = self.size = self.crc = 0


class PartReport(NamedTuple):
    """The pieces of a part in order, and the damage of the database that its task met."""

    pieces: tuple[PartialMember, ...]
    damage: DamageLog

    @property
    def has_head(self) -> bool:
        return bool(self.pieces) and not self.pieces[0].begins

    @property
    def has_tail(self) -> bool:
        return any(piece.begins for piece in self.pieces)

    def to_fields(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "pieces": [_piece_fields(piece) for piece in self.pieces],
            "damage": _log_fields(self.damage),
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "PartReport":
        pieces = tuple(_piece(piece) for piece in fields["pieces"])
        return cls(pieces, _log(fields["damage"]))


def merged_damage(logs: Iterable[DamageLog]) -> DamageLog:
    """What several tasks met of one database: each place once, in order of place."""
    whole = DamageLog()
    entries: set[DamageEntry] = set()
    for log in logs:
        entries.update(log.entries)
        for note in log.notes:
            whole.note(note)
    whole.entries = sorted(entries, key=DamageEntry.order)
    whole.count = len(entries)
    whole.notes.sort()
    return whole


def _piece_fields(piece: PartialMember) -> dict[str, Any]:
    account = piece.account
    return {
        "table": piece.table,
        "begins": piece.begins,
        "is_large": piece.is_large,
        "ends": piece.ends,
        "packed": piece.packed,
        "size": piece.size,
        "crc": piece.crc,
        "rows": account.rows,
        "replaced": account.replaced,
        "failures": {name: vars(failures) for name, failures in account.failures.items()},
        "unsupported": account.unsupported,
        "damage": _log_fields(account.damage),
    }


def _piece(fields: dict[str, Any]) -> PartialMember:
    account = TableStats(_log(fields["damage"], fields["table"]), fields["rows"])
    account.replaced = fields["replaced"]
    account.failures = {name: Failures(**one) for name, one in fields["failures"].items()}
    account.unsupported = fields["unsupported"]
    piece = PartialMember(fields["table"], fields["begins"], fields["is_large"], account)
    piece.ends, piece.packed = fields["ends"], fields["packed"]
    piece.size, piece.crc = fields["size"], fields["crc"]
    return piece


def _log_fields(log: DamageLog) -> dict[str, Any]:
    return {
        "count": log.count,
        "notes": log.notes,
        "entries": [[entry.reason, entry.page, entry.slot] for entry in log.entries],
    }


def _log(fields: dict[str, Any], table: str = "") -> DamageLog:
    entries = [DamageEntry(table, *entry) for entry in fields["entries"]]
    return DamageLog(table, entries, fields["notes"], fields["count"])
