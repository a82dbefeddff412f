"""What became of an upload once everything has settled, and whether that is right."""

import io
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from typing import Any

from google.cloud import storage

from gdb_export.contract.job_document import Status
from local.stack import REPOSITORY
from tests.end_to_end.console import Console

PATIENCE = 120.0
MANIFEST = "datapackage.json"
PARTS = ".parts/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`objects` are the names in the upload's folder and of all parts of ZIPs, `sessions` those
    of uploads that were begun in it and neither ended nor given up; `seconds` from the upload to
    its end."""

    document: dict[str, Any]
    objects: tuple[str, ...]
    sessions: tuple[str, ...]
    seconds: float

    @property
    def status(self) -> str:
        return str(self.document.get("status"))

    @property
    def error(self) -> str | None:
        error = self.document["result"].get("error")
        return error and str(error["code"])


def finalised(console: Console, blob: storage.Blob) -> Outcome:
    """Wait until nothing happens any more, sweeping as a schedule would. Raises AssertionError
    if the document is not final then."""
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        if _nothing_happens(console):
            if Status(console.fields(blob).get("status", "PENDING")).is_final:
                break
            sweep(console)
        time.sleep(0.1)
    document = console.fields(blob)
    assert Status(document["status"]).is_final, f"left in {document['status']}: {document}"
    objects = console.stack.storage.buckets.get(blob.bucket.name).objects()
    folder = blob.name.rpartition("/")[0] + "/"
    names = sorted(name for name in objects if name.startswith((folder, PARTS)))
    begun = console.stack.storage.sessions.open_names()
    sessions = tuple(name for name in begun if name.startswith(folder))
    return Outcome(document, tuple(names), sessions, time.monotonic() - started)


def _nothing_happens(console: Console) -> bool:
    stack = console.stack
    return not stack.storage.events.undelivered() and not stack.cloud_run.running()


def sweep(console: Console) -> None:
    """What is scheduled in the cloud."""
    environment = {**console.stack.function_environment, "PYTHONPATH": "functions"}
    command = [sys.executable, "-W", "ignore", "-m", "sweep"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, timeout=120, capture_output=True)


def members(archive: bytes) -> dict[str, Any]:
    """A ZIP's contents, without what tells one upload of a database from another."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        found: dict[str, Any] = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(found[MANIFEST])
    for key in list(manifest):
        if key.startswith("x-"):
            del manifest[key]
    manifest.pop("created", None)
    found[MANIFEST] = manifest
    return found
