"""Uploads a database and waits for its ZIP. To be copied: it needs nothing else of this project.

pip install google-cloud-firestore google-cloud-storage
python wait_for_export.py BACKUP.GDB gs://BUCKET/BACKUP.GDB
"""

import sys
import time
import uuid
from collections.abc import Callable

from google.cloud import firestore, storage


class ExportFailed(Exception):
    """The export ended without a ZIP; the message says why and what to do."""


def upload(client: storage.Client, path: str, uri: str, **options: str) -> str:
    """Upload a file. Return the id of the export's document.

    Options have the names of the metadata with `_` for `-`: export_tables.
    """
    blob = storage.Blob.from_uri(uri, client=client)
    blob.metadata = {name.replace("_", "-"): value for name, value in options.items()}
    blob.upload_from_filename(path)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{uri}#{blob.generation}"))


def wait_for_export(
    documents: firestore.Client,
    task_id: str,
    timeout: float = 6 * 3600,
    report: Callable[[str], None] = print,
    interval: float = 5,
) -> str:
    """Wait for the end. Return the ZIP's gs:// URI. Raises ExportFailed, TimeoutError."""
    deadline, shown = time.monotonic() + timeout, ""
    while time.monotonic() < deadline:
        # The document is created when the upload's event is delivered, after some seconds.
        document = documents.document(f"exports/{task_id}").get().to_dict() or {}
        status, result = document.get("status", "PENDING"), document.get("result", {})
        if status == "SUCCESS":
            return str(result["output"])
        if status in ("FAILURE", "CANCELLED"):
            raise ExportFailed(result["error"]["message"])
        if shown != (shown := f"{status}  {result.get('status', '')}"):
            report(shown)
        time.sleep(interval)
    raise TimeoutError(f"export {task_id} has not ended after {timeout:.0f} s")


if __name__ == "__main__":
    task = upload(storage.Client(), sys.argv[1], sys.argv[2])
    print(wait_for_export(firestore.Client(), task))
