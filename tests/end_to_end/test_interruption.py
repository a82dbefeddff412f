"""Exports that are stopped by a cancel request, by Cloud Run or by a kill."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from gdb_export.contract.job_document import Status
from local.stack import StackSettings
from tests.end_to_end.console import Console, database, running_console, until

SLOW_JOB = Path(__file__).parent / "slow_job.py"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A stack whose jobs are slow enough to be interrupted."""
    settings = StackSettings(stable_seconds=0.3, job_command=(sys.executable, str(SLOW_JOB)))
    with running_console(tmp_path_factory.mktemp("slow"), settings) as console:
        yield console


def start(console: Console, name: str) -> storage.Blob:
    """Upload a database; returns when some of its tables are exported."""
    blob = console.upload(f"{name}/BACKUP.GDB", database("cnes"))
    console.until_status(blob, Status.PROGRESS)
    until(lambda: (console.fields(blob).get("progress") or {}).get("tables", 0) > 3)
    return blob


def test_a_cancel_request_ends_a_run_within_five_seconds_and_leaves_no_zip(slow: Console) -> None:
    blob = start(slow, "cancelled")
    slow.document(blob).update({"cancel_requested": True})
    requested_at = time.monotonic()
    document = slow.until_final(blob)
    until(lambda: not slow.stack.cloud_run.running())
    assert time.monotonic() - requested_at < 5
    assert document["status"] == Status.CANCELLED
    slow.until_idle()
    assert slow.names("cancelled/") == ["cancelled/BACKUP.GDB"]
    assert slow.stack.cloud_run.executions[-1].tasks[0].attempts == [0]


def test_a_cancelled_execution_releases_the_document_and_leaves_no_zip(slow: Console) -> None:
    blob = start(slow, "terminated")
    slow.stack.cloud_run.executions[-1].cancel()
    cancelled_at = time.monotonic()
    until(lambda: not slow.stack.cloud_run.running())
    assert time.monotonic() - cancelled_at < 5
    slow.until_idle()
    document = slow.fields(blob)
    assert document["lease"] is None
    assert document["status"] in (Status.PENDING, Status.CANCELLED), document
    assert slow.names("terminated/") == ["terminated/BACKUP.GDB"]


def test_a_killed_attempt_is_followed_by_one_that_succeeds(slow: Console) -> None:
    blob = start(slow, "killed")
    slow.stack.cloud_run.kill_tasks()
    document = slow.until_final(blob)
    assert document["status"] == Status.SUCCESS, document["result"]
    until(lambda: not slow.stack.cloud_run.running())
    assert slow.stack.cloud_run.executions[-1].tasks[0].attempts == [-9, 0]
    (earlier,) = document["earlier_attempts"]
    assert earlier["execution"] == document["execution"]["name"]
    assert 'without reporting a result after "Exporting ' in earlier["ended"]
    assert slow.names("killed/") == ["killed/BACKUP.GDB", "killed/BACKUP.zip"]
