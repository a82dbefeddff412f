"""The shapes of the job document's field `result`, one per status."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The reasons for an export without a ZIP. Codes are stable; messages may be reworded."""

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
    GAVE_UP = "GAVE_UP"
    CANCELLED = "CANCELLED"


def waiting(message: str) -> dict[str, Any]:
    return {"status": message}


def working(message: str, current: int = 0, total: int = 0) -> dict[str, Any]:
    """`current` is the position of the current table among `total` tables, from 1."""
    return {"status": message, "current": current, "total": total}


def succeeded(
    output: str, tables: int, rows: int, size: int, warnings: Sequence[str]
) -> dict[str, Any]:
    """`output` is the ZIP's URI, `size` its size in bytes."""
    counts = {"tables": tables, "rows": rows, "bytes": size}
    return {"success": True, "output": output, **counts, "warnings": list(warnings)}


def failed(code: ErrorCode, message: str, replaced_by: str | None = None) -> dict[str, Any]:
    """`replaced_by` is the document path of a newer upload under the same name."""
    error = {"code": code.value, "message": message}
    return {"success": False, "error": error | ({"document": replaced_by} if replaced_by else {})}


def cancelled_before_start() -> dict[str, Any]:
    return failed(ErrorCode.CANCELLED, "Cancelled in the document before the export started")
