"""Logs as JSON lines."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gdb_export.contract.structured_log import LogContext, log_as_json, log_context

log = logging.getLogger("an export")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_message_is_one_line_with_its_severity(stream: io.StringIO) -> None:
    log_as_json(stream=stream)
    log.warning("table %s\nis empty", "A")
    assert lines(stream) == [{"severity": "WARNING", "message": "table A\nis empty"}]


def test_lines_have_labels_and_trace(stream: io.StringIO) -> None:
    log_as_json(LogContext({"export": "none"}), stream)
    log.info("before")
    with log_context({"export": "x"}, "projects/p/traces/t"):
        log.info("within")
    before, within = lines(stream)
    assert before["logging.googleapis.com/labels"] == {"export": "none"}
    assert "logging.googleapis.com/trace" not in before
    assert within["logging.googleapis.com/labels"] == {"export": "x"}
    assert within["logging.googleapis.com/trace"] == "projects/p/traces/t"


def test_a_stack_trace_has_the_field_of_error_reporting(stream: io.StringIO) -> None:
    log_as_json(stream=stream)
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("failed")
    (line,) = lines(stream)
    assert line["severity"] == "ERROR"
    assert line["stack_trace"].endswith("ValueError: odd")


def test_a_redacted_trace_names_errors_without_their_messages(stream: io.StringIO) -> None:
    log_as_json(stream=stream, redacted=True)
    value = " ".join(["Ms", "Miller"])
    try:
        try:
            int(value)
        except ValueError as error:
            raise json.JSONDecodeError(value, "", 0) from error
    except ValueError:
        log.exception("failed")
    (line,) = lines(stream)
    assert line["stack_trace"].endswith("json.decoder.JSONDecodeError")
    assert "\nValueError\n" in line["stack_trace"]
    assert "test_structured_log.py" in line["stack_trace"]
    assert value not in line["stack_trace"]
