"""Ends the process if a stopped attempt does not end by itself in time.

The attempt may be blocked in a request that the client retries against an unreachable service,
and Cloud Run sends SIGKILL ten seconds after SIGTERM.
"""

import logging
import os
import threading
from collections.abc import Callable

PATIENCE = 3.0  # seconds


class Watchdog:
    """Exactly one of attempt and watchdog finalises the document.

    The lock `_decision` is never released: the first to acquire it finalises.
    """

    def __init__(
        self,
        finalise: Callable[[], int],
        patience: float = PATIENCE,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        """`finalise` writes how the attempt ended and returns the exit code; `leave` ends the
        process. `patience` is in seconds after `arm`."""
        self._finalise = finalise
        self._patience = patience
        self._leave = leave
        self._decision = threading.Lock()
        self._is_disarmed = False
        self._timer: threading.Timer | None = None

    def arm(self) -> None:
        """Start the timer, once; safe in a signal handler."""
        if self._timer is None:
            self._timer = threading.Timer(self._patience, self._end_process)
            self._timer.daemon = True
            self._timer.start()

    def disarm(self) -> None:
        """Leave finalising to the attempt. Blocks for ever if the watchdog has begun it."""
        if not self._is_disarmed:
            self._is_disarmed = self._decision.acquire(blocking=False)
            if not self._is_disarmed:
                threading.Event().wait()

    def _end_process(self) -> None:
        if not self._decision.acquire(blocking=False):
            return
        code = 1
        try:
            code = self._finalise()
        except Exception:
            logging.getLogger(__name__).exception("the document could not be finalised")
        logging.shutdown()
        self._leave(code)
