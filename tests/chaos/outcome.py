"""The outcome of an upload once nothing changes any more."""

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

PATIENCE = 120.0  # seconds
MANIFEST = "datapackage.json"
PARTS = ".parts/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state after an upload; `seconds` is the time from the upload to it.

    `objects` are the names in the upload's folder and those of all parts; `sessions` are the names
    of unfinished resumable uploads in the folder.
    """

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
    """Wait until the stack is idle and the document is final, and run the reconciler meanwhile.

    Raises AssertionError if the document does not become final.
    """
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        if _is_idle(console):
            if Status(console.fields(blob).get("status", "PENDING")).is_final:
                break
            reconcile(console)
        time.sleep(0.1)
    document = console.fields(blob)
    assert Status(document["status"]).is_final, f"left in {document['status']}: {document}"
    objects = console.stack.storage.buckets.get(blob.bucket.name).objects()
    folder = blob.name.rpartition("/")[0] + "/"
    names = sorted(name for name in objects if name.startswith((folder, PARTS)))
    open_sessions = console.stack.storage.sessions.open_names()
    sessions = tuple(name for name in open_sessions if name.startswith(folder))
    return Outcome(document, tuple(names), sessions, time.monotonic() - started)


def _is_idle(console: Console) -> bool:
    stack = console.stack
    return not stack.storage.events.undelivered() and not stack.cloud_run.running()


def reconcile(console: Console) -> None:
    """Run the reconciler, which Cloud Scheduler runs in the cloud."""
    environment = {**console.stack.function_environment, "PYTHONPATH": "functions"}
    command = [sys.executable, "-W", "ignore", "-m", "sweep"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, timeout=120, capture_output=True)


def members(archive: bytes) -> dict[str, Any]:
    """Return a ZIP's members, without the parts of the manifest that depend on the upload."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        contents: dict[str, Any] = {name: zipped.read(name) for name in zipped.namelist()}
    manifest = json.loads(contents[MANIFEST])
    for key in list(manifest):
        if key.startswith("x-"):
            del manifest[key]
    manifest.pop("created", None)
    contents[MANIFEST] = manifest
    return contents
