"""Logs as Cloud Logging reads them: one JSON object a line, grouped by export and trace.

Special fields: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class LogContext:
    """`trace` is projects/P/traces/T; `labels` say which export and execution a line is of."""

    labels: Mapping[str, str]
    trace: str | None = None


_context: ContextVar[LogContext | None] = ContextVar("log context", default=None)


class JsonFormatter(logging.Formatter):
    def __init__(self, everywhere: LogContext | None = None) -> None:
        super().__init__()
        self._everywhere = everywhere

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"severity": record.levelname, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if context := _context.get() or self._everywhere:
            line["logging.googleapis.com/labels"] = dict(context.labels)
            if context.trace:
                line["logging.googleapis.com/trace"] = context.trace
        if record.exc_info:
            # Error Reporting takes its groups from this field.
            line["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json(everywhere: LogContext | None = None, stream: TextIO | None = None) -> None:
    """Send all logging to `stream` (stdout), with `everywhere` on lines that have no context.

    The context of `log_context` is not seen by other threads, `everywhere` is.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(everywhere))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


@contextmanager
def log_context(labels: Mapping[str, str], trace: str | None = None) -> Iterator[None]:
    token = _context.set(LogContext(labels, trace))
    try:
        yield
    finally:
        _context.reset(token)
