"""Log lines with fields, of which terraform/metrics.tf makes metrics and alerts.

Each function gives the `extra` of a logging call.
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
    """`result` as it stands in the document; `seconds` are of the attempt, `source_size` bytes."""
    fields: dict[str, Any] = {"status": status.value, "code": result.get("error", {}).get("code")}
    if seconds is not None:
        fields["seconds"] = round(seconds, 3)
    if status is Status.SUCCESS and seconds and source_size:
        fields["megabytes_per_second"] = round(source_size / seconds / 1e6, 3)
    return _event("export_ended", fields)


def swept(unsettled: int, finalised: int, oldest_wait_seconds: float) -> dict[str, Any]:
    """`unsettled` documents were looked at; the oldest was made that long ago, 0 for none."""
    counts = {"unsettled": unsettled, "settled": finalised}
    return _event("swept", {**counts, "oldest_wait_seconds": round(oldest_wait_seconds)})


def _event(name: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"fields": {"event": name, **(fields or {})}}
