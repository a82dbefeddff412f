"""The fields that metrics and alerts are made of."""

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


def test_the_fields_stand_beside_severity_and_message() -> None:
    told = line(swept(3, 1, 70.4))
    assert told["severity"] == "INFO"
    assert (told["event"], told["unsettled"], told["settled"]) == ("swept", 3, 1)
    assert told["oldest_wait_seconds"] == 70


def test_a_success_tells_its_pace() -> None:
    result = succeeded("gs://bucket/BACKUP.zip", tables=1, rows=2, size=3, warnings=[])
    told = line(export_ended(Status.SUCCESS, result, seconds=2.0, source_size=50_000_000))
    assert (told["event"], told["status"], told["code"]) == ("export_ended", "SUCCESS", None)
    assert (told["seconds"], told["megabytes_per_second"]) == (2.0, 25.0)


def test_a_failure_tells_its_code_and_no_pace() -> None:
    told = line(export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, "why"), 2.0, 50))
    assert (told["status"], told["code"], told["seconds"]) == ("FAILURE", "GAVE_UP", 2.0)
    assert "megabytes_per_second" not in told
