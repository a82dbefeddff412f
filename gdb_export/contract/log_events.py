"""Log lines with fields that terraform/metrics.tf turns into metrics and alerts.

Each function returns the `extra` argument of a logging call.
"""

from collections.abc import Mapping
from typing import Any

from gdb_export.contract.job_document import Status


def export_started() -> dict[str, Any]:
    return _event("export_started")


def export_ended(
    status: Status,
    result: Mapping[str, Any],
    seconds: float | None = None,
    source_size: int | None = None,
) -> dict[str, Any]:
    """`result` as in the document, `seconds` the attempt's duration; `source_size` in bytes."""
    fields: dict[str, Any] = {"status": status.value, "code": result.get("error", {}).get("code")}
    if seconds is not None:
        fields["seconds"] = round(seconds, 3)
    if status is Status.SUCCESS and seconds and source_size:
        fields["megabytes_per_second"] = round(source_size / seconds / 1e6, 3)
    return _event("export_ended", fields)


def swept(unfinished: int, oldest_wait_seconds: float) -> dict[str, Any]:
    """One run of the reconciler: it found `unfinished` documents.

    `oldest_wait_seconds` is the age of the oldest one, 0 if there was none.
    """
    counts = {"unsettled": unfinished, "oldest_wait_seconds": round(oldest_wait_seconds)}
    return _event("swept", counts)


def _event(name: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"fields": {"event": name, **(fields or {})}}
