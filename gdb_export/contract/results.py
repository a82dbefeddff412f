"""The shapes of the job document's field `result`, one per status.

Firestore refuses a document of more than 1 MiB, so texts and lists are cut; the manifest of
the export has all warnings.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The reasons for an export without a result. Codes are stable; messages may be reworded."""

    BAD_OPTION = "BAD_OPTION"
    START_REFUSED = "START_REFUSED"
    START_EXPIRED = "START_EXPIRED"
    NOT_A_DATABASE = "NOT_A_DATABASE"
    UNSUPPORTED_DATABASE = "UNSUPPORTED_DATABASE"
    ENCRYPTED_DATABASE = "ENCRYPTED_DATABASE"
    DAMAGED_DATABASE = "DAMAGED_DATABASE"
    SOURCE_REPLACED = "SOURCE_REPLACED"
    SOURCE_GONE = "SOURCE_GONE"
    ACCESS_DENIED = "ACCESS_DENIED"
    LOAD_FAILED = "LOAD_FAILED"
    GAVE_UP = "GAVE_UP"
    CANCELLED = "CANCELLED"


_MAX_WARNING = 500  # characters
_MAX_MESSAGE = 4000  # characters
_MAX_COUNT = 100  # warnings in a document
# Bytes of UTF-8 of all warnings. A commit of 500 documents of tables must stay below 10 MiB.
_MAX_RESULT_WARNINGS = 100_000
MAX_TABLE_WARNINGS = 10_000


def waiting(message: str) -> dict[str, Any]:
    return {"status": _cut(message, _MAX_MESSAGE)}


def capped_warnings(warnings: Sequence[str], max_bytes: int = _MAX_RESULT_WARNINGS) -> list[str]:
    """Return the first hundred warnings within `max_bytes`, and one that counts the others."""
    kept: list[str] = []
    size = 0
    for warning in warnings:
        text = _cut(warning, _MAX_WARNING)
        size += len(text.encode())
        if size > max_bytes or len(kept) == _MAX_COUNT:
            omitted = len(warnings) - len(kept)
            kept.append(f"and {omitted} more warnings: all are in datapackage.json of the ZIP")
            break
        kept.append(text)
    return kept


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def working(message: str, current: int = 0, total: int = 0) -> dict[str, Any]:
    """`current` is the position of the current table among `total` tables, from 1."""
    return {"status": message, "current": current, "total": total}


def succeeded(
    output: str,
    tables: int,
    rows: int,
    size: int,
    warnings: Sequence[str],
    folder: str | None = None,
    dataset: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`output` is the URI of the ZIP or folder, `folder` the URI of a folder beside the ZIP, `size`
    the total size in bytes. `dataset` describes the load into BigQuery, if there was one."""
    counts = {"tables": tables, "rows": rows, "bytes": size}
    outputs = {"output": output} | ({"folder": folder} if folder else {})
    loaded = {} if dataset is None else {"dataset": dict(dataset)}
    capped = capped_warnings(warnings)
    return {"success": True, **outputs, **counts, "warnings": capped, **loaded}


def load_failed(
    output: str, message: str, dataset: Mapping[str, Any], folder: str | None = None
) -> dict[str, Any]:
    """The export at `output` is complete, but not every table was loaded into BigQuery. `folder` is
    the URI of a folder beside the ZIP."""
    outputs = {"output": output} | ({"folder": folder} if folder else {})
    return failed(ErrorCode.LOAD_FAILED, message) | outputs | {"dataset": dict(dataset)}


def failed(code: ErrorCode, message: str, replaced_by: str | None = None) -> dict[str, Any]:
    """`replaced_by` is the document path of a newer upload under the same name."""
    error = {"code": code.value, "message": _cut(message, _MAX_MESSAGE)}
    return {"success": False, "error": error | ({"document": replaced_by} if replaced_by else {})}


def cancelled_before_start() -> dict[str, Any]:
    return failed(ErrorCode.CANCELLED, "Cancelled in the document before the export started")
