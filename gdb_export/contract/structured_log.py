"""Logging for Cloud Logging: one JSON object per line, grouped by export and trace.

Special fields: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class LogContext:
    """`labels` name the line's export and execution; `trace` is projects/P/traces/T."""

    labels: Mapping[str, str]
    trace: str | None = None


_context: ContextVar[LogContext | None] = ContextVar("log context", default=None)


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object.

    `redacted` omits the messages of exceptions from stack traces: they may quote data of the
    database.
    """

    def __init__(self, default: LogContext | None = None, redacted: bool = False) -> None:
        super().__init__()
        self._default = default
        self._redacted = redacted

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"severity": record.levelname, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if context := _context.get() or self._default:
            line["logging.googleapis.com/labels"] = dict(context.labels)
            if context.trace:
                line["logging.googleapis.com/trace"] = context.trace
        if record.exc_info and (error := record.exc_info[1]):
            # Error Reporting groups errors by this field.
            trace = _redacted_trace if self._redacted else traceback.format_exception
            line["stack_trace"] = "".join(trace(error)).rstrip()
        return json.dumps(line, ensure_ascii=False, default=str)


def _redacted_trace(error: BaseException) -> Iterator[str]:
    """Format like Python, the first cause first, each exception by its type alone."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    for link in reversed(chain):
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(link.__traceback__)
        module = type(link).__module__
        yield f"{'' if module == 'builtins' else module + '.'}{type(link).__qualname__}\n"


def log_as_json(
    default: LogContext | None = None, stream: TextIO | None = None, redacted: bool = False
) -> None:
    """Send all logging to `stream`, stdout by default.

    `default` applies to lines outside `log_context`, and so to those of other threads.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(default, redacted))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


@contextmanager
def log_context(labels: Mapping[str, str], trace: str | None = None) -> Iterator[None]:
    """Add labels and trace to the lines that this thread logs inside the block."""
    token = _context.set(LogContext(labels, trace))
    try:
        yield
    finally:
        _context.reset(token)
