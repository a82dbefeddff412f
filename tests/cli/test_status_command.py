"""The lines of gdb-export status, and its --watch while Firestore is unreachable."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from gdb_export.cli import cloud_commands, cloud_exports
from gdb_export.cli.cloud_exports import Exports
from gdb_export.cli.command_line import main
from gdb_export.cli.status_lines import size, status_line
from gdb_export.contract.results import ErrorCode, failed, succeeded, waiting, working
from local.processes import HOST, free_port

UPDATED_AT = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
DOWN = ServiceUnavailable("failed to connect\nto all addresses")  # type: ignore[no-untyped-call]
PENDING = {"task_id": "t", "status": "PENDING", "result": {"status": "Waiting"}}
FAILED = {**PENDING, "status": "FAILURE", "result": {"error": {"code": "C", "message": "m"}}}


@pytest.mark.parametrize(
    ("status", "result", "text"),
    [
        ("PENDING", waiting("Waiting for an execution"), "Waiting for an execution"),
        ("PROGRESS", working("Exporting A (1 of 2)", 1, 2), " 42 %  Exporting A (1 of 2)"),
        (
            "SUCCESS",
            succeeded("gs://b/A.zip", 2, 1234, 2_500_000, ["damage"]),
            "gs://b/A.zip: 2 tables, 1,234 rows, 2.5 MB; 1 warnings",
        ),
        ("FAILURE", failed(ErrorCode.NOT_A_DATABASE, "a ZIP file"), "NOT_A_DATABASE: a ZIP file"),
    ],
)
def test_a_document_is_one_line(status: str, result: dict[str, object], text: str) -> None:
    progress = {"percent": 42.3} if status == "PROGRESS" else None
    document = {"status": status, "result": result, "updated_at": UPDATED_AT, "progress": progress}
    line = status_line(document)
    assert line == f"{UPDATED_AT.astimezone():%H:%M:%S}  {status:<9}  {text}"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1e7, "10.0 MB"), (5e12, "5000.0 GB")],
)
def test_sizes_have_a_unit(count: float, text: str) -> None:
    assert size(count) == text


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays between reads, which are not waited for."""
    delays: list[float] = []
    monkeypatch.setattr(cloud_exports.time, "sleep", delays.append)
    return delays


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    """Exports in a Firestore that nothing listens for."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"{HOST}:{free_port()}")
    documents = firestore.Client(project="demo")
    yield Exports(documents, storage.Client("demo", AnonymousCredentials()))
    documents.close()


def answer_with(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
    """Answer the reads of a document with these fields and errors, one after the other."""
    left = iter(answers)

    def read(exports: Exports, task_id: str, **call: Any) -> Any:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Exports, "_read", read)


def test_reads_wait_longer_while_firestore_is_unreachable(
    exports: Exports, delays: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, PENDING, *[DOWN] * 7, PENDING, DOWN, FAILED)
    errors: list[Exception] = []
    assert list(exports.changes("t", errors.append)) == [PENDING, PENDING, FAILED]
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30, 1, 2]
    assert errors == [DOWN, DOWN]


def test_a_firestore_that_nothing_listens_for_is_unreachable(exports: Exports) -> None:
    def stop(error: Exception) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(exports.changes("t", stop))


@pytest.mark.usefixtures("delays")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_one_line_says_that_firestore_does_not_answer(
    form: list[str],
    exports: Exports,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cloud_commands, "_connect", lambda arguments, command: exports)
    answer_with(monkeypatch, PENDING, PENDING, DOWN, DOWN, FAILED)
    assert main(["status", "t", "--watch", *form]) == 1
    output = capsys.readouterr()
    assert output.err == (
        "Firestore does not answer (503 failed to connect to all addresses); trying again until"
        " it does. Ctrl-C stops watching; the export continues.\n"
    )
    if form:
        assert json.loads(output.out)["status"] == "FAILURE"
