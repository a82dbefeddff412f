"""The log fields that metrics and alerts use."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from gdb_export.contract.job_document import Status
from gdb_export.contract.log_events import export_ended, swept
from gdb_export.contract.results import ErrorCode, failed, succeeded
from gdb_export.contract.structured_log import JsonFormatter


def line(extra: Mapping[str, Any]) -> dict[str, Any]:
    record = logging.getLogger("test").makeRecord(
        "test", logging.INFO, "file", 1, "message", (), None, extra=extra
    )
    parsed: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return parsed


def test_a_line_has_severity_message_and_fields() -> None:
    fields = line(swept(3, 70.4))
    assert fields["severity"] == "INFO"
    assert (fields["event"], fields["unsettled"]) == ("swept", 3)
    assert fields["oldest_wait_seconds"] == 70


def test_a_success_has_its_speed() -> None:
    result = succeeded("gs://bucket/BACKUP.zip", tables=1, rows=2, size=3, warnings=[])
    fields = line(export_ended(Status.SUCCESS, result, seconds=2.0, source_size=50_000_000))
    assert (fields["event"], fields["status"], fields["code"]) == ("export_ended", "SUCCESS", None)
    assert (fields["seconds"], fields["megabytes_per_second"]) == (2.0, 25.0)


def test_a_failure_has_its_code_and_no_speed() -> None:
    fields = line(export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, "why"), 2.0, 50))
    assert (fields["status"], fields["code"], fields["seconds"]) == ("FAILURE", "GAVE_UP", 2.0)
    assert "megabytes_per_second" not in fields
