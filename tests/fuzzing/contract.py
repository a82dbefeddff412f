"""Target: the inputs that function, job and loads take from outside, as JSON.

The first byte of an input selects the kind: a storage event, the metadata of an object, a job
document, a manifest.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

from cloudevents.http import CloudEvent

from gdb_export.bigquery.errors import UnusableExport
from gdb_export.bigquery.load.exported_files import read_export
from gdb_export.contract.attempts import presumed_killed
from gdb_export.contract.job_document import JobDocument, MalformedDocument
from gdb_export.contract.options import BadOption, options_from_metadata
from gdb_export.export.replaceable import exported_files
from tests.fuzzing.target import Target
from upload import FINALIZED, Upload, read_upload

_SOURCE = {"bucket": "b", "name": "A.GDB", "generation": "1", "size": 5}
_DOCUMENT = {
    "task_id": "1",
    "status": "PROGRESS",
    "source": _SOURCE,
    "created_at": "2026-01-02T03:04:05+00:00",
    "options": {"compression": 1},
    "lease": {"holder": "h", "attempt": 1, "expires_at": "2026-01-02T03:04:05+00:00"},
    "progress": {"current": 1, "total": 2},
}
_MANIFEST = {
    "x-source": {"name": "A.GDB", "modified": "2026-01-02T03:04:05+00:00", "ods": "11.2"},
    "x-warnings": [],
    "resources": [
        {
            "path": "T.parquet",
            "title": "T",
            "format": "parquet",
            "rows": 1,
            "schema": {"fields": [{"name": "A", "description": "a"}]},
            "x-bigquery": {"table": "T", "columns": {"A": "A"}},
        }
    ],
}
_METADATA = {
    "export-tables": 'A,"B C"',
    "export-charset-of": "T.C=WIN1252",
    "export-format": "csv,parquet",
    "export-reference": "2026-02",
    "export-dataset": "p.d",
    "export-compression": "9",
}
_EVENT = _SOURCE | {"timeCreated": "2026-01-02T03:04:05Z", "crc32c": "AAAA", "metadata": _METADATA}


class MemoryFiles:
    """The files of an export that has nothing but a manifest."""

    location = "memory"

    def __init__(self, manifest: bytes) -> None:
        self._manifest = manifest

    def open(self, path: str) -> BinaryIO:
        return BytesIO(self._manifest)

    def uri(self, path: str) -> str | None:
        return None


def check_event(data: bytes) -> None:
    event = CloudEvent({"type": FINALIZED, "source": "test"}, _parsed(data))
    upload = read_upload(event)
    if isinstance(upload, Upload):
        assert upload.task_id
        check_options(upload.metadata)


def check_metadata(data: bytes) -> None:
    metadata = _parsed(data)
    if isinstance(metadata, dict):
        check_options({key: str(value) for key, value in metadata.items()})


def check_options(metadata: dict[str, str]) -> None:
    with suppress(BadOption):
        json.dumps(options_from_metadata(metadata))  # they are stored in the job document


def check_document(data: bytes) -> None:
    stored = _parsed(data)
    if isinstance(stored, dict):
        with suppress(MalformedDocument):
            document = JobDocument.from_fields(_with_times(stored))
            assert document.to_fields()
            assert presumed_killed(document)


def check_manifest(data: bytes) -> None:
    exported_files(data)
    with suppress(UnusableExport):
        read_export(MemoryFiles(data))


CHECKS: tuple[Callable[[bytes], None], ...] = (
    check_event,
    check_metadata,
    check_document,
    check_manifest,
)


def check(data: bytes) -> None:
    if data:
        CHECKS[data[0] % len(CHECKS)](data[1:])


def seeds() -> list[bytes]:
    values = (_EVENT, _METADATA, _DOCUMENT, _MANIFEST)
    return [bytes([kind]) + json.dumps(value).encode() for kind, value in enumerate(values)]


def _parsed(data: bytes) -> Any:
    """The JSON value, or the text itself if it is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "replace")


def _with_times(value: Any) -> Any:
    """The value with times in place of the texts of the fields `…_at`, as Firestore gives it."""
    if not isinstance(value, dict):
        return value
    return {
        key: _time(item) if key.endswith("_at") else _with_times(item)
        for key, item in value.items()
    }


def _time(item: Any) -> Any:
    try:
        return datetime.fromisoformat(item)
    except (TypeError, ValueError):
        return item


TARGET = Target(check, seeds, 4_000)
