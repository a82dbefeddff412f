"""The report of a task on its part of the export, and its JSON form."""

from typing import Any, NamedTuple

from gdb_export.csv_rows.table_stats import NullValues, TableStats
from gdb_export.export.table_members import PartialMember
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.values.text_counts import TextCounts


class PartReport(NamedTuple):
    """The members of a part in order, and the damage outside of tables that its task found.

    The part's bytes of the ZIP are its *head*, which continues the member that an earlier part
    began, and its *tail*, from the first member that begins in the part.
    """

    members: tuple[PartialMember, ...]
    damage: DamageLog

    @property
    def has_head(self) -> bool:
        return bool(self.members) and not self.members[0].begins

    @property
    def has_tail(self) -> bool:
        return any(member.begins for member in self.members)

    def to_fields(self) -> dict[str, Any]:
        """The report as values that JSON can represent."""
        return {
            "pieces": [_member_fields(member) for member in self.members],
            "damage": log_fields(self.damage),
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "PartReport":
        """The inverse of `to_fields`."""
        members = tuple(_member(member) for member in fields["pieces"])
        return cls(members, log_from_fields(fields["damage"]))


def _member_fields(member: PartialMember) -> dict[str, Any]:
    return {
        "table": member.table,
        "begins": member.begins,
        "is_large": member.is_large,
        "ends": member.ends,
        "packed": member.packed,
        "size": member.size,
        "crc": member.crc,
        "stats": stats_fields(member.stats),
    }


def _member(fields: dict[str, Any]) -> PartialMember:
    stats = stats_from_fields(fields["table"], fields["stats"])
    member = PartialMember(fields["table"], fields["begins"], fields["is_large"], stats)
    member.ends, member.packed = fields["ends"], fields["packed"]
    member.size, member.crc = fields["size"], fields["crc"]
    return member


def stats_fields(stats: TableStats) -> dict[str, Any]:
    """The statistics as values that JSON can represent."""
    return {
        "rows": stats.rows,
        "pages": stats.pages,
        "dates": stats.dates,
        "texts": stats.texts,
        "failures": {name: vars(failures) for name, failures in stats.failures.items()},
        "unsupported": stats.unsupported,
        "out_of_range": {name: vars(values) for name, values in stats.out_of_range.items()},
        "damage": log_fields(stats.damage),
    }


def stats_from_fields(table: str, fields: dict[str, Any]) -> TableStats:
    """The inverse of `stats_fields`."""
    stats = TableStats(log_from_fields(fields["damage"], table), fields["rows"])
    stats.texts = {name: TextCounts(*counts) for name, counts in fields["texts"].items()}
    stats.failures = _null_values(fields["failures"])
    stats.unsupported = fields["unsupported"]
    stats.pages, stats.dates = fields["pages"], fields["dates"]
    stats.out_of_range = _null_values(fields["out_of_range"])
    return stats


def _null_values(fields: dict[str, dict[str, Any]]) -> dict[str, NullValues]:
    return {column: NullValues(**values) for column, values in fields.items()}


def log_fields(log: DamageLog) -> dict[str, Any]:
    return {
        "count": log.count,
        "rows": log.rows,
        "pages": log.pages,
        "fields": log.fields,
        "notes": log.notes,
        "entries": [entry[1:] for entry in log.entries],
    }


def log_from_fields(fields: dict[str, Any], table: str = "") -> DamageLog:
    entries = [DamageEntry(table, *entry) for entry in fields["entries"]]
    counts = fields["count"], fields["rows"], fields["pages"], fields["fields"]
    return DamageLog(table, entries, fields["notes"], *counts)
