"""The way from a dropped database to its ZIP and status, through all services or stand-ins."""

import io
import zipfile

import pytest

from gdb_export.contract.job_document import Status
from gdb_export.contract.results import ErrorCode
from local.document_changes import DocumentChanges, document_changes
from tests.end_to_end.console import DATA, Console, database, until


def csvs(archive: bytes) -> dict[str, bytes]:
    """The CSVs of a ZIP by member name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist() if name.endswith(".csv")}


@pytest.mark.parametrize("name", ["types", "mvcc", "charsets"])
def test_the_zip_of_a_dropped_file_equals_the_engine_s_values(console: Console, name: str) -> None:
    partial = console.stack.uploads / f".{name}.part"
    partial.write_bytes(database(name))
    partial.rename(console.stack.uploads / f"{name}.GDB")
    blob = until(lambda: console.bucket.get_blob(f"{name}.GDB"))
    document = console.until_final(blob)
    assert document["status"] == Status.SUCCESS, document["result"]
    assert document["result"]["output"] == f"gs://uploads/{name}.zip"
    archive = console.bucket.blob(f"{name}.zip").download_as_bytes()
    assert csvs(archive) == csvs((DATA / f"{name}.golden.zip").read_bytes())


def statuses(changes: DocumentChanges) -> list[str]:
    """The statuses in the order of the reported changes, without repetitions."""
    seen: list[str] = []
    while not seen or not Status(seen[-1]).is_final:
        document = changes.next(60)
        assert document is not None, "nothing has changed for a minute"
        if document["status"] not in seen[-1:]:
            seen.append(document["status"])
    return seen


def test_a_watcher_sees_the_document_go_from_pending_to_success(console: Console) -> None:
    with document_changes(console.documents) as changes:
        while changes.next(1.0):
            pass  # documents of other tests
        console.upload("watched/BACKUP.GDB", database("mvcc"))
        assert statuses(changes) == ["PENDING", "PROGRESS", "SUCCESS"]


def test_twenty_deliveries_of_an_event_give_one_execution_and_one_zip(console: Console) -> None:
    blob = console.upload("twenty/BACKUP.GDB", database("evolve"))
    stored = console.stack.storage.buckets.get("uploads").get(blob.name)
    console.stack.storage.events.repeat(stored, copies=20)
    assert console.until_final(blob)["status"] == Status.SUCCESS
    console.stack.storage.events.repeat(stored, copies=20)
    console.until_idle()
    assert len(console.executions(blob)) == 1
    assert console.names("twenty/") == ["twenty/BACKUP.GDB", "twenty/BACKUP.zip"]


def test_options_come_with_the_upload(console: Console) -> None:
    golden = csvs((DATA / "types.golden.zip").read_bytes())
    name = sorted(golden)[0].removesuffix(".csv")
    blob = console.upload("options/BACKUP.GDB", database("types"), **{"export-tables": name})
    assert console.until_final(blob)["status"] == Status.SUCCESS
    archive = console.bucket.blob("options/BACKUP.zip").download_as_bytes()
    assert csvs(archive) == {f"{name}.csv": golden[f"{name}.csv"]}


@pytest.mark.parametrize(
    "content", [b"a letter, not a database\n" * 100, b"PK\x03\x04" * 512], ids=["text", "zip"]
)
def test_another_file_fails_once_with_a_message(console: Console, content: bytes) -> None:
    blob = console.upload(f"bad {len(content)}/BACKUP.GDB", content)
    document = console.until_final(blob)
    assert document["status"] == Status.FAILURE
    assert document["result"]["error"]["code"] == ErrorCode.NOT_A_DATABASE
    console.until_idle()
    assert console.names(f"bad {len(content)}/") == [blob.name]
    (execution,) = console.executions(blob)
    assert execution.tasks[0].attempts == [0]


def test_files_that_are_not_uploads_are_ignored(console: Console) -> None:
    console.upload("other/notes.txt", b"x")
    empty = console.upload("other/BACKUP.GDB", b"")
    last = console.upload("other/last.GDB", database("evolve"))
    console.until_final(last)
    assert console.fields(empty) == {}
    uploaded = ["other/BACKUP.GDB", "other/last.GDB", "other/notes.txt"]
    assert console.names("other/") == sorted([*uploaded, "other/last.zip"])
