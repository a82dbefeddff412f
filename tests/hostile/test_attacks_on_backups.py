"""Attacks by zipped backups, which unpack to a thousand times their size: the memory that a backup
may take is limited by the length of the file, not by the unpacked length."""

import pytest

from gdb_export.export import table_members
from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.gbak.backup import Backup
from gdb_export.firebird.gbak.stream import unzipped
from tests.export.in_memory import export_in_memory
from tests.firebird.memory_source import MemorySource
from tests.hostile.attacks import attack


def open_backup(name: str) -> Backup:
    return Backup(MemorySource(attack(name)))


def test_reading_stops_when_the_rows_of_a_table_begin_too_often() -> None:
    """A file of 8 KB in which the rows of one table begin a million times."""
    index = open_backup("begins1000000.fbk").index()
    assert len(index._table_offsets) <= 2 * len(index.tables) + 1000
    assert any("begin again" in entry.reason for entry in index.damage.entries)


def test_entries_of_damage_are_kept_within_a_limit_for_all_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """500 tables of 1,000 damaged rows."""
    monkeypatch.setattr(table_members, "_MAX_ENTRIES", 2500)
    exported = export_in_memory(attack("damages500.fbk"))
    # beyond the limit each table keeps ten entries
    assert len(exported.damage["places"]) <= 2500 + 500 * 10
    assert exported.damage["count"] == 500_000


def test_the_number_of_columns_is_limited_by_the_length_of_the_file() -> None:
    """A file of 359 bytes that unpacks to far more columns than this limit."""
    with pytest.raises(UnreadableDatabase, match="more than 32947 domains and columns, in a file"):
        open_backup("cols128000.fbk")


def test_the_bytes_of_descriptions_are_limited_by_the_length_of_the_file() -> None:
    """A file of 264 KB that unpacks to 256 domains with a megabyte of BLR each."""
    with pytest.raises(UnreadableDatabase, match="the descriptions of domains and columns take"):
        open_backup("domains256.fbk")


def test_the_unpacked_rows_are_limited_by_the_length_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file of 31 KB with 11 MB of rows; here both limits are lower than its rows."""
    whole = open_backup("damages500.fbk")
    monkeypatch.setattr(unzipped, "_MIN_LIMIT", 1 << 20)
    monkeypatch.setattr(unzipped, "_MAX_RATIO", 128)
    cut_off = open_backup("damages500.fbk")
    limit = 128 * len(attack("damages500.fbk"))
    assert limit < cut_off._source.size <= limit + (1 << 20) < whole._source.size
    assert not cut_off.index().is_whole
    assert f"unpacks to more than {limit} bytes, 128 times its length" in str(
        cut_off.damage.entries[0].reason
    )
