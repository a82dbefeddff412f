"""Ends the process if an attempt that was told to stop does not come to its end by itself.

It may be held up by a request that is repeated against a service that does not answer, while Cloud
Run gives ten seconds from SIGTERM to SIGKILL.
"""

import logging
import os
import threading
from collections.abc import Callable

PATIENCE = 3.0


class Watchdog:
    """Either the attempt ends itself or this does, never both."""

    def __init__(
        self,
        end: Callable[[], int],
        patience: float = PATIENCE,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        """`end` writes how it ended and gives the exit code."""
        self._end = end
        self._patience = patience
        self._leave = leave
        self._decision = threading.Lock()
        self._is_the_attempts = False
        self._timer: threading.Timer | None = None

    def prepare(self) -> None:
        """The attempt was told to stop; safe in a signal handler."""
        if self._timer is None:
            self._timer = threading.Timer(self._patience, self._end_all)
            self._timer.daemon = True
            self._timer.start()

    def disarm(self) -> None:
        """The attempt ends itself; does not return if it is too late for that."""
        if not self._is_the_attempts:
            self._is_the_attempts = self._decision.acquire(blocking=False)
            if not self._is_the_attempts:
                threading.Event().wait()

    def _end_all(self) -> None:
        if not self._decision.acquire(blocking=False):
            return
        code = 1
        try:
            code = self._end()
        except Exception:
            logging.getLogger(__name__).exception("the end could not be told")
        logging.shutdown()
        self._leave(code)
