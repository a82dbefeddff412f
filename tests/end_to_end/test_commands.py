"""The commands submit, status, list and cancel, against a running stack."""

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
def environment(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", console.stack.emulator.host)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", console.stack.storage.url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "SUBMITTED.GDB"
    path.write_bytes(database("evolve"))
    return path


@pytest.mark.usefixtures("environment")
def test_a_submitted_file_is_watched_found_and_listed(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"gs://{BUCKET}/commands/SUBMITTED.GDB"
    assert main(["submit", str(file), f"gs://{BUCKET}/commands/", "--watch"]) == 0
    output = capsys.readouterr().out
    task_id = output.split("its export is ")[1].split()[0]
    assert output.startswith(f"{uri} is uploaded")
    assert "SUCCESS" in output.splitlines()[-1]
    assert console.names("commands/") == ["commands/SUBMITTED.GDB", "commands/SUBMITTED.zip"]

    assert main(["status", uri, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task_id"] == task_id
    assert main(["status", task_id, "--tables"]) == 0
    output = capsys.readouterr().out
    assert "SUCCESS" in output
    assert next(line.split()[-1] for line in output.splitlines() if " rows  " in line) == "E1"
    assert main(["list", "--status", "SUCCESS"]) == 0
    assert f"{task_id}  " in capsys.readouterr().out
    assert main(["list", uri, "--json"]) == 0
    assert [entry["task_id"] for entry in json.loads(capsys.readouterr().out)] == [task_id]
    assert main(["list", uri, "--quiet"]) == 0
    assert capsys.readouterr().out == f"{task_id}\n"
    assert main(["status", uri, "--quiet"]) == 0
    assert capsys.readouterr().out == "SUCCESS\n"
    assert main(["status", uri, "--json", "--watch"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "SUCCESS"
    assert main(["cancel", task_id]) == 0
    assert "already ended" in capsys.readouterr().out


@pytest.mark.usefixtures("environment")
def test_an_uploaded_object_is_exported_again_with_other_options(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = console.upload("AGAIN.GDB", file.read_bytes(), **{"export-strict": "true", "by": "me"})
    first = console.until_final(blob)
    assert main(["submit", f"gs://{BUCKET}/AGAIN.GDB", "--exclude", "E1", "--watch"]) == 0
    assert first["task_id"] not in capsys.readouterr().out
    again = console.bucket.get_blob("AGAIN.GDB")
    assert again
    metadata = dict(again.metadata)
    assert metadata.pop("export-again")
    assert metadata == {"by": "me", "export-exclude": "E1"}
    assert console.names("AGAIN") == ["AGAIN-export1.zip", "AGAIN.GDB", "AGAIN.zip"]


@pytest.mark.usefixtures("environment")
def test_a_repeated_option_adds(console: Console, file: Path) -> None:
    uri = f"gs://{BUCKET}/repeated/R.GDB"
    arguments = ["--tables", "E1", "--tables", "E2,E3", "--tables", "E6*"]
    assert main(["submit", str(file), uri, *arguments, "--watch"]) == 0
    blob = console.bucket.get_blob("repeated/R.GDB")
    assert blob.metadata == {"export-tables": "E1,E2,E3,E6*"}


@pytest.mark.usefixtures("environment")
def test_a_failure_has_an_exit_code_and_a_message(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.upload("TEXT.GDB", b"this is no database")
    assert main(["submit", f"gs://{BUCKET}/TEXT.GDB", "--watch"]) == 1
    assert "NOT_A_DATABASE" in capsys.readouterr().out


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("TEXT.GDB", b"this is no database", 1, "this is a text file"),
        ("EMPTY.GDB", b"", 1, "the file is empty"),
        ("BACKUP.zip", b"PK\x03\x04" + bytes(range(256)) * 9, 1, "this is a ZIP file"),
        (
            "DATABASE.txt",
            database("evolve"),
            2,
            "the name does not end in .gdb, .fdb, .ib, .gbk, .fbk",
        ),
    ],
)
def test_a_file_that_cannot_be_exported_is_not_uploaded(
    console: Console,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    code: int,
    message: str,
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["submit", str(tmp_path / name), f"gs://{BUCKET}/refused/"]) == code
    assert message in capsys.readouterr().err
    assert console.names("refused/") == []


@pytest.mark.usefixtures("environment")
def test_an_upload_without_an_export_is_reported(
    console: Console,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing watches the bucket, or the database is that of another deployment."""
    monkeypatch.setattr("gdb_export.cli.cloud_commands._APPEARS_SECONDS", 1)
    uri = f"gs://{BUCKET}/unwatched.GDB"
    assert main(["submit", str(file), uri, "--database", "other"]) == 1
    assert f"no export of {uri} has begun within 1 s" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_commands_take_ids_and_objects(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"gs://{BUCKET}/same/SAME.GDB"
    assert main(["submit", str(file), uri, "--watch"]) == 0
    first = capsys.readouterr().out.split("its export is ")[1].split()[0]
    assert main(["submit", first, "--watch", "--overwrite"]) == 0
    second = capsys.readouterr().out.split("its export is ")[1].split()[0]
    assert console.names("same/") == ["same/SAME.GDB", "same/SAME.zip"]
    for argument, shown in ((uri, [second, first]), (first, [first])):
        assert main(["list", argument]) == 0
        heading, *lines = capsys.readouterr().out.splitlines()
        assert heading.split() == ["id", "created", "status", "source", "result"]
        assert [line.split()[0] for line in lines] == shown
        assert all(line.index("gs://") == heading.index("source") for line in lines)
    assert main(["list", f"gs://{BUCKET}/same/", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(second)
    assert main(["cancel", uri]) == 0
    assert "already ended" in capsys.readouterr().out


@pytest.mark.usefixtures("environment")
def test_cancel_requests_cancellation(
    console: Console, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = console.documents.document("exports/cancel")
    reference.set({"task_id": reference.id, "status": Status.PROGRESS, "result": {}})
    assert main(["cancel", reference.id]) == 0
    assert "cancellation is requested" in capsys.readouterr().out
    assert (reference.get().to_dict() or {})["cancel_requested"] is True
    reference.delete()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status", "no-such-id"], "there is no export no-such-id"),
        (["status", f"gs://{BUCKET}/NEVER.GDB"], f"no export of gs://{BUCKET}/NEVER.GDB"),
        (["cancel", "no-such-id"], "there is no export no-such-id"),
        (["submit", f"gs://{BUCKET}/NEVER.GDB"], f"gs://{BUCKET}/NEVER.GDB does not exist"),
        (["submit", "/no/such/file", f"gs://{BUCKET}"], "/no/such/file: No such file"),
    ],
)
def test_a_missing_export_object_or_file_is_reported_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    output = capsys.readouterr().err
    assert message in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["submit", "BACKUP.GDB"], "no bucket to upload to"),
        (["submit", "BACKUP.GDB", "gs://b", "--binary", "octal"], "export-binary must be"),
        (["submit", "BACKUP.GDB", "gs://b", "--tables", ""], "export-tables must be"),
        (["submit", "BACKUP.GDB", "gs://b", "--charset-of", "A.B"], "export-charset-of must be"),
        (["submit", "BACKUP.GDB", "gs://b", "--charset", ""], "export-charset must be"),
    ],
)
def test_an_invalid_option_is_reported_before_the_upload(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--project", "none"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_an_export_continues_after_watching_is_stopped(console: Console) -> None:
    reference = console.documents.document("exports/watch")
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
    try:
        until(lambda: b"Waiting" in watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
        _, error_output = watching.communicate(timeout=30)
    finally:
        watching.kill()
    assert watching.returncode == 130
    assert b"the export continues" in error_output
    assert (reference.get().to_dict() or {})["status"] == "PENDING"
    reference.delete()
