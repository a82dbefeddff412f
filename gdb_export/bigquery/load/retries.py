"""Repeats calls of BigQuery after transient errors, with growing delays."""

import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import requests
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import TransportError

from gdb_export.progress import Cancelled

_Result = TypeVar("_Result")

# Switches off the client's own retries, which last for ten minutes and can't be stopped
ONCE = Retry(if_exception_type())

# Reasons of errors of calls and jobs: https://docs.cloud.google.com/bigquery/docs/error-messages
_TRANSIENT_REASONS = frozenset(
    {
        "backendError",
        "badGateway",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "quotaExceeded",
        "rateLimitExceeded",
        "tableUnavailable",
        "timeout",
    }
)
_TRANSIENT_ERRORS = (
    ConnectionError,
    TransportError,
    exceptions.BadGateway,
    exceptions.GatewayTimeout,
    exceptions.InternalServerError,
    exceptions.ServiceUnavailable,
    exceptions.TooManyRequests,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
)
# Parts of the message for a transaction that another change of the same table has cancelled
_CONFLICT_PHRASES = ("aborted due to concurrent update", "could not serialize access")

_SHORT_DELAY = 0.5  # seconds


class Patience(NamedTuple):
    """The number of tries, and delays in seconds: before the second try, and at most."""

    tries: int = 8
    first_delay: float = 2.0
    max_delay: float = 60.0


class Retries:
    """Repeats the calls for one table; `reasons` lists the errors that were followed by a retry."""

    def __init__(self, stopped: threading.Event, patience: Patience) -> None:
        """When `stopped` is set, a delay ends and Cancelled is raised."""
        self._stopped = stopped
        self._patience = patience
        self.reasons: list[str] = []

    def call(self, action: str, call: Callable[[], _Result]) -> _Result:
        """Call until it succeeds. Raises Cancelled, a permanent error, or that of the last try."""
        for attempt in range(1, self._patience.tries + 1):
            self.check()
            try:
                return call()
            except Exception as error:
                if attempt == self._patience.tries or not is_transient(error):
                    raise
                self.reasons.append(f"{action}: {error_text(error)}")
            delay = min(self._patience.first_delay * 2 ** (attempt - 1), self._patience.max_delay)
            self._stopped.wait(delay * random.uniform(0.5, 1.0))
        raise AssertionError("a call has at least one try")

    def call_at_end(self, call: Callable[[], None]) -> None:
        """Make a call that cleans up, even after a stop, with few tries and short delays."""
        for _ in range(2):
            try:
                return call()
            except Exception as error:
                if not is_transient(error):
                    raise
            time.sleep(_SHORT_DELAY)
        call()

    def check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("the load was stopped")

    def wait(self, seconds: float) -> None:
        """Wait. Raises Cancelled at once when the load is stopped."""
        self._stopped.wait(seconds)
        self.check()


def is_transient(error: Exception) -> bool:
    """Whether a repeated call may succeed."""
    if isinstance(error, _TRANSIENT_ERRORS) or is_conflict(error):
        return True
    return isinstance(error, exceptions.GoogleAPICallError) and any(
        isinstance(item, dict) and item.get("reason") in _TRANSIENT_REASONS for item in error.errors
    )


def is_conflict(error: Exception) -> bool:
    """Whether another transaction, or another change of the same table, came first."""
    if isinstance(error, exceptions.PreconditionFailed):
        return True
    text = str(error).lower()
    return any(phrase in text for phrase in _CONFLICT_PHRASES)


def error_text(error: Exception) -> str:
    """The error in one line."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(str(message).split())
