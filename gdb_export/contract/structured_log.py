"""Logs as Cloud Logging reads them: one JSON object a line, grouped by export and trace.

Special fields: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
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
    """`discreet`: a stack trace names errors and not what they say, which may be anybody's data."""

    def __init__(self, everywhere: LogContext | None = None, redacted: bool = False) -> None:
        super().__init__()
        self._everywhere = everywhere
        self._discreet = redacted

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"severity": record.levelname, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if context := _context.get() or self._everywhere:
            line["logging.googleapis.com/labels"] = dict(context.labels)
            if context.trace:
                line["logging.googleapis.com/trace"] = context.trace
        if record.exc_info and (error := record.exc_info[1]):
            # Error Reporting takes its groups from this field.
            trace = _discreet_trace(error) if self._discreet else _trace(error)
            line["stack_trace"] = "".join(trace).rstrip()
        return json.dumps(line, ensure_ascii=False, default=str)


def _trace(error: BaseException) -> Iterable[str]:
    return traceback.format_exception(error)


def _discreet_trace(error: BaseException) -> Iterator[str]:
    """As Python prints it, the first cause first, each error by its type alone."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    for each in reversed(chain):
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(each.__traceback__)
        module = type(each).__module__
        yield f"{'' if module == 'builtins' else module + '.'}{type(each).__qualname__}\n"


def log_as_json(
    everywhere: LogContext | None = None, stream: TextIO | None = None, redacted: bool = False
) -> None:
    """Send all logging to `stream` (stdout), with `everywhere` on lines that have no context.

    The context of `log_context` is not seen by other threads, `everywhere` is.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(everywhere, redacted))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


@contextmanager
def log_context(labels: Mapping[str, str], trace: str | None = None) -> Iterator[None]:
    token = _context.set(LogContext(labels, trace))
    try:
        yield
    finally:
        _context.reset(token)
