"""A job document as one line of text."""

from datetime import UTC, datetime

import pytest

from gdb_export.cli.status_lines import size, status_line
from gdb_export.contract.results import ErrorCode, failed, succeeded, waiting, working

UPDATED_AT = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "result", "text"),
    [
        ("PENDING", waiting("Waiting for an execution"), "Waiting for an execution"),
        ("PROGRESS", working("Exporting A (1 of 2)", 1, 2), " 42 %  Exporting A (1 of 2)"),
        (
            "SUCCESS",
            succeeded("gs://b/A.zip", 2, 1234, 2_500_000, ["damage"]),
            "gs://b/A.zip: 2 tables, 1,234 rows, 2.5 MB; 1 warnings",
        ),
        ("FAILURE", failed(ErrorCode.NOT_A_DATABASE, "a ZIP file"), "NOT_A_DATABASE: a ZIP file"),
    ],
)
def test_a_document_is_one_line(status: str, result: dict[str, object], text: str) -> None:
    progress = {"percent": 42.3} if status == "PROGRESS" else None
    document = {"status": status, "result": result, "updated_at": UPDATED_AT, "progress": progress}
    line = status_line(document)
    assert line == f"{UPDATED_AT.astimezone():%H:%M:%S}  {status:<9}  {text}"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1e7, "10.0 MB"), (5e12, "5000.0 GB")],
)
def test_sizes_have_a_unit(count: float, text: str) -> None:
    assert size(count) == text
