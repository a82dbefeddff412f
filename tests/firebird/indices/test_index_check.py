"""The comparison of indices with rows, in golden databases and in damaged ones."""

import gzip
import re
from contextlib import suppress
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.database import Database
from gdb_export.firebird.indices.index_check import IndexCheck, check_indices
from gdb_export.firebird.indices.index_pages import index_roots
from tests.data.databases import database_bytes
from tests.export.golden import golden_databases
from tests.firebird.memory_source import MemorySource
from tests.hostile.random_damage import damaged

# A database of each layout of nodes
DATABASES_OF_NODE_LAYOUTS = [
    "fb15/types",
    "fb20/types",
    "fb30/types",
    "fb50/texts",
    "fb60/blobs",
    "interbase/employee_13_2",
    "interbase/dbdemos_15_0",
    "interbase/employee_19_0",
]
LEVEL, NODES = 33, 34  # offsets in an index page
END_NODE = b"\0\0\xff\xff\xff\xff"


def checks(data: bytes) -> list[IndexCheck]:
    return list(check_indices(Database(MemorySource(data))))


def differences(data: bytes) -> list[str]:
    return [f"{check.table}: {text}" for check in checks(data) for text in check.differences]


def unreadable(data: bytes) -> list[str]:
    return [f"{check.table}: {text}" for check in checks(data) for text in check.unreadable]


@pytest.mark.parametrize(
    "packed", golden_databases(), ids=lambda path: f"{path.parent.name}-{path.name[:-7]}"
)
def test_the_rows_of_golden_databases_are_those_of_their_indices(packed: Path) -> None:
    table_checks = checks(gzip.decompress(packed.read_bytes()))
    assert sum(check.indices for check in table_checks) > 40
    assert all(not check.differences and not check.unreadable for check in table_checks)


def page_size(data: bytes) -> int:
    return int.from_bytes(data[16:18], "little")


def first_leaf(data: bytes) -> int:
    """The offset of a leaf with entries, which is the only page of an index of a user table."""
    database = Database(MemorySource(data))
    for relation, page_number in sorted(database.index_root_pages().items()):
        if relation >= 128:
            for root in index_roots(
                database.pages.page(page_number), page_number, relation, database.header
            ):
                page = database.pages.page(root.page)
                if page[LEVEL] == 0 and page[NODES + 2 : NODES + 6] != b"\xff\xff\xff\xff":
                    return root.page * len(page)
    raise LookupError


def first_data_page(data: bytes) -> int:
    """The offset of the first data page of the table whose index `first_leaf` finds."""
    leaf = first_leaf(data)
    relation = data[leaf + 28 : leaf + 30]
    (page,) = [
        page
        for page in range(0, len(data), page_size(data))
        if data[page] == PageType.DATA
        and data[page + 20 : page + 22] == relation
        and data[page + 16 : page + 20] == bytes(4)  # its sequence
    ]
    return page


@pytest.mark.parametrize("name", ["interbase/employee_13_2", "interbase/dbdemos_15_0"])
def test_an_entry_for_an_empty_slot_is_a_note(name: str) -> None:
    data = bytearray(database_bytes(name))
    page = first_data_page(bytes(data))
    data[page + 24 : page + 28] = bytes(4)  # the first slot
    assert differences(bytes(data)) == []
    notes = [note for check in checks(bytes(data)) for note in check.notes]
    assert notes
    assert all("has 1 entry (record 0) for an empty slot" in note for note in notes)


def test_a_record_on_a_lost_page_is_a_difference() -> None:
    data = bytearray(database_bytes("interbase/employee_13_2"))
    page = first_data_page(bytes(data))
    data[page : page + page_size(data)] = bytes(page_size(data))
    texts = differences(bytes(data))
    assert texts
    assert all(text.endswith("without a record") for text in texts)


def test_a_lost_entry_is_named() -> None:
    data = without_nodes(database_bytes("interbase/employee_13_2"))
    (text,) = differences(data)
    assert "lacks" in text
    assert "visible row" in text


def without_nodes(data: bytes) -> bytes:
    """The database with an end node in place of the first node of a leaf."""
    nodes = first_leaf(data) + NODES
    return data[:nodes] + END_NODE + data[nodes + len(END_NODE) :]


@pytest.mark.parametrize(
    ("offset", "content", "reason"),
    [
        (0, b"\5", "type 7|found data page|index page is expected|is expected here"),
        (28, b"\1\0", "a page of index"),
        (30, b"\xff\xff", "an index page of 65535 bytes"),
        (33, b"\7", "an index page is expected here|level"),
    ],
)
def test_a_damaged_index_is_named_and_not_compared(
    offset: int, content: bytes, reason: str
) -> None:
    data = bytearray(database_bytes("interbase/employee_13_2"))
    start = first_leaf(bytes(data)) + offset
    data[start : start + len(content)] = content
    (text,) = unreadable(bytes(data))
    assert text.partition(": ")[2].startswith("index ")
    assert re.search(reason, text)


@pytest.mark.parametrize("name", DATABASES_OF_NODE_LAYOUTS)
def test_damaged_files_raise_only_errors_of_the_reader(name: str) -> None:
    data = database_bytes(name)
    for seed in range(8):
        mutant, _ = damaged(data, seed)
        with suppress(FirebirdError):
            checks(mutant)


def test_the_command_names_what_it_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "BACKUP.GDB"
    source.write_bytes(database_bytes("interbase/employee_13_2"))
    assert main(["verify", str(source)]) == 0
    assert capsys.readouterr().out == "89 indices and 2794 rows of 42 tables: no difference\n"


def test_the_command_fails_for_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "BACKUP.GDB"
    source.write_bytes(without_nodes(database_bytes("interbase/employee_13_2")))
    assert main(["verify", str(source)]) == 1
    assert "1 difference" in capsys.readouterr().out


def test_a_backup_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = Path(__file__).parents[2] / "data" / "fb15" / "types.fbk.gz"
    source = tmp_path / "BACKUP.GBK"
    source.write_bytes(gzip.decompress(packed.read_bytes()))
    assert main(["verify", str(source)]) == 2
    assert "a backup has no indices" in capsys.readouterr().err
