"""Attacks on pages, records and blobs of databases: work is linear in the size of the file."""

from itertools import pairwise
from pathlib import Path

import pytest

from gdb_export.export.manifest import _resource_names
from gdb_export.files.local_files import LocalSource
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.run_length import apply_differences
from tests.firebird.memory_source import MemorySource
from tests.hostile.attacks import attack, open_attack


def test_a_long_run_of_zeros_among_differences_is_damage_at_once() -> None:
    runs: list[int] = []
    with pytest.raises(Damage, match="an empty run"):
        apply_differences(b"abc", bytes(1 << 17) + b"\x01X", 9, runs.append)
    assert apply_differences(b"abc", b"\xfd" + bytes(1 << 17), 9, runs.append) == b"abc"
    assert runs == [1]


def test_records_that_share_differences_spend_the_read_budget() -> None:
    """200 dead records have one chain of back versions, which unpack to 128 KB each."""
    database = open_attack("diffchain.fdb")
    limit = database.records._bytes_left
    table = database.tables[0]
    (page_number,) = set(database.data_pages(table, DamageLog())) - {0}
    page = database.data_page(table.relation, 0, page_number, database.pages.page(page_number))
    left = [limit]
    for slot in range(page.slots):
        item = page.item(slot)
        if item is not None:
            try:
                database.records.visible(item)
            except Damage:
                pass
            left.append(database.records._bytes_left)
    assert all(later <= earlier for earlier, later in pairwise(left))
    assert limit <= 2 * database.pages.page_count * database.page_size + (1 << 20)


def test_a_blob_stops_at_its_last_page() -> None:
    """A level-2 blob names one pointer page again and again."""
    database = open_attack("level2b_8.fdb")
    table = database.tables[0]
    before = database.blobs.bytes_left
    _, layout, image = next(database.images(table))
    offset = layout.descriptors[-1].offset
    with pytest.raises(Damage, match="a blob of 2147483648 pages in a file of 512"):
        database.blob(image[offset : offset + 8])
    assert before - database.blobs.bytes_left <= database.page_size


@pytest.mark.parametrize(
    ("name", "rows"), [("rebuild_ok.fdb", 100), ("rebuild_bad.fdb", 80), ("seq_3.fdb", 50)]
)
def test_a_page_with_a_lying_sequence_costs_only_its_own_rows(name: str, rows: int) -> None:
    database = open_attack(name)
    assert sum(1 for _ in database.images(database.tables[0])) == rows


@pytest.mark.parametrize("name", ["longnext.fdb", "longdelta.fdb"])
def test_a_name_that_no_file_can_have_is_that_of_no_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(attack(name))
    with LocalSource(path) as source:
        assert [table.name for table in Database(source).tables] == ["T"]
        assert source.open_adjacent("nul\0") is None


def test_another_database_is_not_read_as_a_continuation() -> None:
    victim = MemorySource(attack("victim.fdb"), name="victim.fdb")
    source = MemorySource(attack("attacker.fdb"), adjacent={"victim.fdb": victim})
    with pytest.raises(UnreadableDatabase, match=r"victim\.fdb, which is not its file 2"):
        Database(source)


def test_a_link_is_not_read_as_a_continuation(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * 1024)
    (tmp_path / "link.delta").symlink_to(tmp_path / "secret")
    (tmp_path / "a.fdb").write_bytes(attack("victim.fdb"))
    with LocalSource(tmp_path / "a.fdb") as source:
        assert source.open_adjacent("link.delta") is None
    (tmp_path / "b.fdb").symlink_to(tmp_path / "a.fdb")
    with LocalSource(tmp_path / "b.fdb") as source:
        assert source.open_adjacent("link.delta") is not None


class CountedSet(set[str]):
    """A set that counts how often a member was looked up."""

    lookups = 0

    def __contains__(self, name: object) -> bool:
        CountedSet.lookups += 1
        return super().__contains__(name)


def test_equal_slugs_take_a_constant_number_of_lookups_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gdb_export.export.manifest.set", CountedSet, raising=False)
    names = _resource_names(["仇"] * 1000 + ["table-2", "TABLE-7"])
    assert len(set(names)) == 1002
    assert names[:3] == ["table", "table-2", "table-3"]
    assert 1002 <= CountedSet.lookups <= 3100
