"""submit, status, list and cancel against the running stack, as a person types them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.contract.job_document import Status
from local.stack import BUCKET, PROJECT
from tests.end_to_end.console import Console, database, until


@pytest.fixture
def at_terminal(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", console.stack.emulator.host)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", console.stack.storage.url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "SUBMITTED.GDB"
    made.write_bytes(database("evolve"))
    return made


@pytest.mark.usefixtures("at_terminal")
def test_a_file_is_submitted_watched_found_and_listed(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"gs://{BUCKET}/commands/SUBMITTED.GDB"
    assert main(["submit", str(file), f"gs://{BUCKET}/commands/", "--watch"]) == 0
    said = capsys.readouterr().out
    task_id = said.split("its export is ")[1].split()[0]
    assert said.startswith(f"{uri} is uploaded")
    assert "SUCCESS" in said.splitlines()[-1]
    assert console.names("commands/") == ["commands/SUBMITTED.GDB", "commands/SUBMITTED.zip"]

    assert main(["status", uri, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task_id"] == task_id
    assert main(["status", task_id, "--tables"]) == 0
    said = capsys.readouterr().out
    assert "SUCCESS" in said
    assert next(line.split()[-1] for line in said.splitlines() if " rows  " in line) == "E1"
    assert main(["list", "--status", "SUCCESS"]) == 0
    assert f"{task_id}  " in capsys.readouterr().out
    assert main(["cancel", task_id]) == 0
    assert "ended already" in capsys.readouterr().out


@pytest.mark.usefixtures("at_terminal")
def test_what_was_uploaded_is_exported_again_with_other_options(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = console.upload("AGAIN.GDB", file.read_bytes(), **{"export-strict": "true", "by": "me"})
    first = console.until_final(blob)
    assert main(["submit", f"gs://{BUCKET}/AGAIN.GDB", "--exclude", "E1", "--watch"]) == 0
    assert first["task_id"] not in capsys.readouterr().out
    again = console.bucket.get_blob("AGAIN.GDB")
    assert again
    assert again.metadata == {"by": "me", "export-exclude": "E1"}
    assert console.names("AGAIN") == ["AGAIN-export1.zip", "AGAIN.GDB", "AGAIN.zip"]


@pytest.mark.usefixtures("at_terminal")
def test_a_failure_is_an_exit_code_and_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "TEXT.GDB"
    text.write_text("this is no database")
    assert main(["submit", str(text), f"gs://{BUCKET}", "--watch"]) == 1
    assert "NOT_A_DATABASE" in capsys.readouterr().out


@pytest.mark.usefixtures("at_terminal")
def test_cancel_asks_the_job_to_stop(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = console.documents.document("exports/made-for-cancel")
    reference.set({"task_id": reference.id, "status": Status.PROGRESS, "result": {}})
    assert main(["cancel", reference.id]) == 0
    assert "asked to stop" in capsys.readouterr().out
    assert (reference.get().to_dict() or {})["cancel_requested"] is True
    reference.delete()


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["status", "no-such-id"], "there is no export no-such-id"),
        (["status", f"gs://{BUCKET}/NEVER.GDB"], f"no export of gs://{BUCKET}/NEVER.GDB"),
        (["cancel", "no-such-id"], "there is no export no-such-id"),
        (["submit", f"gs://{BUCKET}/NEVER.GDB"], f"there is no gs://{BUCKET}/NEVER.GDB"),
        (["submit", "/no/such/file", f"gs://{BUCKET}"], "/no/such/file: No such file"),
    ],
)
def test_what_is_not_there_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["submit", "BACKUP.GDB"], "where to?"),
        (["submit", "BACKUP.GDB", "gs://b", "--binary", "octal"], "export-binary must be"),
    ],
)
def test_a_mistake_is_told_before_anything_is_uploaded(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--project", "none"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("at_terminal")
def test_who_stops_watching_leaves_the_export_alone(console: Console) -> None:
    reference = console.documents.document("exports/made-to-be-watched")
    fields = {"task_id": reference.id, "status": Status.PENDING, "result": {"status": "Waiting"}}
    reference.set(fields)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "gdb_export",
        "status",
        reference.id,
    ]
    watching = subprocess.Popen(
        [*command, "--watch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    )
    assert watching.stdout
    until(lambda: b"Waiting" in watching.stdout.readline())
    watching.send_signal(signal.SIGINT)
    _, told = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert b"it goes on" in told
    assert (reference.get().to_dict() or {})["status"] == "PENDING"
    reference.delete()
