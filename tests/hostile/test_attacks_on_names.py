"""Attacks by names in the file: on terminals, file systems and documents."""

import io
import signal
import zipfile
from functools import partial

import pytest

from gdb_export.cli import export_command
from gdb_export.cli.progress_display import ProgressLines
from gdb_export.cli.standard_streams import escaped
from gdb_export.contract.results import capped_warnings, succeeded
from gdb_export.progress import Progress, TableDone
from gdb_export.zip.member_names import member_name
from tests.export.in_memory import export_in_memory
from tests.hostile.attacks import attack

LONG_NAMES = ("x" * 252, "é" * 200, "😀" * 63, "%" * 100, "仇" * 514)


@pytest.mark.parametrize("name", LONG_NAMES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_member_name_has_at_most_255_bytes(name: str, suffix: str) -> None:
    member = member_name(name, suffix)
    assert len(member.encode()) <= 255
    assert member.endswith(f".{suffix}")
    assert member != member_name(f"{name}y", suffix)


@pytest.mark.parametrize(
    ("table", "member"),
    [
        ("", "%.csv"),
        ("CON", "%43ON.csv"),
        ("con.x", "%63on.x.csv"),
        ("LPT1", "%4CPT1.csv"),
        ("COM10", "COM10.csv"),
        ("\u202egpj.exe", "%E2%80%AEgpj.exe.csv"),
        ("x" * 251, f"{'x' * 251}.csv"),
    ],
)
def test_a_member_name_is_safe_on_every_system(table: str, member: str) -> None:
    assert member_name(table) == member


def test_names_of_members_are_distinct_and_can_be_unpacked() -> None:
    exported = export_in_memory(attack("names.fbk"))
    assert len(exported.rows) == 21
    assert all(len(f"{name}.csv".encode()) <= 255 for name in exported.rows)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("A\x1b]0;x\x07\r\nwarning: B", "A\\x1b]0;x\\x07\\x0d\\x0awarning: B"),
        ("a\u202eb\x9b", "a\\u202eb\\x9b"),
        ("TABELA_São\t1", "TABELA_São\t1"),
    ],
)
def test_control_characters_are_escaped(line: str, shown: str) -> None:
    assert escaped(line) == shown


def test_a_table_name_forges_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    display = ProgressLines()
    display.table_done(TableDone("A\nwarning: B\x1b[2J", 1, 2, ()))
    display.close()
    assert capsys.readouterr().err == "A\\x0awarning: B\\x1b[2J: 1 rows, 2 bytes\n"


def test_documents_hold_a_hundred_warnings_and_a_count() -> None:
    warnings = [f"T{number}: damaged" for number in range(9000)]
    kept = succeeded("gs://b/x.zip", 1, 1, 1, warnings)["warnings"]
    assert len(kept) == 101
    assert kept[-1].startswith("and 8900 more warnings")
    assert capped_warnings(warnings[:100]) == warnings[:100]


def test_the_second_signal_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[object] = []
    monkeypatch.setattr(signal, "signal", lambda number, handler: set_to.append(handler))
    progress = Progress()
    partial(export_command._cancel, progress)(signal.SIGINT, None)
    assert set_to == [signal.SIG_DFL]


def test_zip_members_of_long_names_are_read_back() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in LONG_NAMES:
            archive.writestr(member_name(name), b"")
    assert len(set(zipfile.ZipFile(written).namelist())) == len(LONG_NAMES)
