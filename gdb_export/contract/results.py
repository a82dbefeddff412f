"""The shapes of the job document's `result`, one per status, as pollers read them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Why there is no ZIP; a code stays what it is, its message may be reworded."""

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


def waiting(words: str) -> dict[str, Any]:
    return {"status": words}


def working(words: str, current: int = 0, total: int = 0) -> dict[str, Any]:
    """`current` of `total` tables."""
    return {"status": words, "current": current, "total": total}


def succeeded(
    output: str, tables: int, rows: int, size: int, warnings: Sequence[str]
) -> dict[str, Any]:
    """`size` is of the ZIP, in bytes."""
    counts = {"tables": tables, "rows": rows, "bytes": size}
    return {"success": True, "output": output, **counts, "warnings": list(warnings)}


def failed(code: ErrorCode, message: str, replaced_by: str | None = None) -> dict[str, Any]:
    """`replaced_by` is the path of the document of a newer upload of the same name."""
    error = {"code": code.value, "message": message}
    return {"success": False, "error": error | ({"document": replaced_by} if replaced_by else {})}
