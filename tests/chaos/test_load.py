"""More concurrent uploads than Cloud Run runs executions: the retried events are the queue."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.cloud import storage

from gdb_export.contract.job_document import COLLECTION, Status
from local.stack import StackSettings
from tests.end_to_end.console import Console, database, running_console, until

MAX_EXECUTIONS = 4
WAITING = "Waiting: Cloud Run runs as many exports as its quota allows"
UPLOADS = int(os.environ.get("LOAD_UPLOADS") or 8)
# The longest delay of a retried event in seconds: longer for many uploads, whose retries would keep
# the function busy
MAX_RETRY_DELAY = min(15.0, UPLOADS / 6)
# Events wait, and an export is slow on a busy machine
SECONDS_WITHOUT_A_ZIP = 120.0


@pytest.fixture
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    settings = StackSettings(
        max_executions=MAX_EXECUTIONS, first_retry_delay=0.5, max_retry_delay=MAX_RETRY_DELAY
    )
    with running_console(tmp_path_factory.mktemp("load"), settings) as console:
        yield console


@pytest.mark.timeout(300 + 30 * UPLOADS)
def test_every_one_of_many_concurrent_uploads_gets_its_zip(crowded: Console) -> None:
    content = database("evolve")
    with ThreadPoolExecutor(8) as pool:
        names = [f"load/{index:03}/BACKUP.GDB" for index in range(UPLOADS)]
        blobs = list(pool.map(lambda name: crowded.upload(name, content), names))
    until(lambda: len(waiting(crowded)) >= (UPLOADS - MAX_EXECUTIONS) // 2)
    assert set(waiting(crowded)) == {WAITING}
    max_running, fewest, last_zip_at = 0, UPLOADS, time.monotonic()
    while remaining := unfinished(crowded):
        max_running = max(max_running, len(crowded.stack.cloud_run.running()))
        if remaining < fewest:
            fewest, last_zip_at = remaining, time.monotonic()
        assert time.monotonic() - last_zip_at < SECONDS_WITHOUT_A_ZIP, (
            f"{remaining} uploads make no progress"
        )
        time.sleep(0.2)
    assert 1 < max_running <= MAX_EXECUTIONS
    check(crowded, blobs)


def waiting(console: Console) -> list[str]:
    """Return the status messages of the refused starts, without the time of the last retry."""
    documents = [
        snapshot.to_dict() for snapshot in console.documents.collection(COLLECTION).stream()
    ]
    idle = [document for document in documents if document["status"] == Status.PENDING]
    refused = [fields for fields in idle if not fields["execution"] and not fields["starting"]]
    return [fields["result"]["status"].partition(". Retried until")[0] for fields in refused]


def unfinished(console: Console) -> int:
    """Return the number of uploads without a ZIP."""
    zips = [name for name in console.names("load/") if name.endswith(".zip")]
    return UPLOADS - len(zips)


def check(console: Console, blobs: list[storage.Blob]) -> None:
    """Check that every upload was exported, by one execution, and that no other object is left."""
    console.until_idle()
    for blob in blobs:
        assert console.until_final(blob)["status"] == Status.SUCCESS
        assert len(console.executions(blob)) == 1
    assert len(console.names("load/")) == 2 * UPLOADS
