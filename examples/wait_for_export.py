"""Upload a database and wait for its ZIP. Copy this file: it needs nothing of this project.

pip install google-cloud-firestore google-cloud-storage
python wait_for_export.py BACKUP.GDB gs://BUCKET/BACKUP.GDB
"""

import sys
import time
import uuid
from collections.abc import Callable

from google.cloud import firestore, storage


class ExportFailed(Exception):
    """There will be no ZIP; the text says why and what to do."""


def upload(client: storage.Client, path: str, uri: str, **options: str) -> str:
    """The id of the export's document. Options are export-tables and the like, with `_` for `-`."""
    blob = storage.Blob.from_uri(uri, client=client)
    blob.metadata = {name.replace("_", "-"): value for name, value in options.items()}
    blob.upload_from_filename(path)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{uri}#{blob.generation}"))


def wait_for_export(
    documents: firestore.Client,
    task_id: str,
    timeout: float = 6 * 3600,
    tell: Callable[[str], None] = print,
    interval: float = 5,
) -> str:
    """The ZIP's gs:// address. Raises ExportFailed, TimeoutError."""
    deadline, told = time.monotonic() + timeout, ""
    while time.monotonic() < deadline:
        # The document appears when the upload's event has been delivered, seconds later.
        document = documents.document(f"exports/{task_id}").get().to_dict() or {}
        status, result = document.get("status", "PENDING"), document.get("result", {})
        if status == "SUCCESS":
            return str(result["output"])
        if status in ("FAILURE", "CANCELLED"):
            raise ExportFailed(result["error"]["message"])
        if told != (told := f"{status}  {result.get('status', '')}"):
            tell(told)
        time.sleep(interval)
    raise TimeoutError(f"export {task_id} has not ended after {timeout:.0f} s")


if __name__ == "__main__":
    task = upload(storage.Client(), sys.argv[1], sys.argv[2])
    print(wait_for_export(firestore.Client(), task))
