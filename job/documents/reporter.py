"""Tells the job document how far the export is, keeps the lease, sees the cancel request.

The export's thread only leaves a snapshot here; a thread of its own writes it, at most once an
interval, so that a slow Firestore never slows the export.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

from google.api_core.exceptions import GoogleAPICallError, RetryError

from gdb_export.progress import Snapshot, TableDone
from job.documents.job_store import LeasedDocument, LeaseLost
from job.documents.progress_fields import ProgressFields, table_fields

log = logging.getLogger(__name__)


class Reporter:
    """A context manager: the thread runs inside it.

    `cancel_requested` and `lease_lost` are called by that thread, the latter once.
    """

    def __init__(
        self,
        document: LeasedDocument,
        interval: float,
        patience: float,
        cancel_requested: Callable[[], None],
        lease_lost: Callable[[], None],
    ) -> None:
        """`patience`: seconds without a report after which the lease counts as lost."""
        self._document = document
        self._interval = interval
        self._patience = patience
        self._cancel_requested = cancel_requested
        self._lease_lost = lease_lost
        self._snapshot = Snapshot()
        self._progress_fields = ProgressFields()
        self._unwritten: list[TableDone] = []
        self._reporting = threading.Lock()
        self._reported_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> "Reporter":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def table_done(self, table: TableDone) -> None:
        self._unwritten.append(table)

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                self.report()
            except LeaseLost as error:
                log.warning("stopping: %s", error)
                self._lease_lost()
                return

    def report(self) -> None:
        """Write what is known now. Raises LeaseLost."""
        with self._reporting:
            try:
                self._write()
            except (GoogleAPICallError, RetryError) as error:
                log.warning("the report could not be written: %s", error)
                if time.monotonic() - self._reported_at > self._patience:
                    raise LeaseLost("Firestore was not reached for the time of a lease") from error
        if self._document.cancel_requested:
            self._cancel_requested()

    def _write(self) -> None:
        self._write_tables()
        self._write_progress(self._snapshot)
        self._is_reported()

    def _write_tables(self) -> None:
        tables = self._unwritten[:]
        self._document.write_tables([table_fields(table) for table in tables])
        del self._unwritten[: len(tables)]

    def _write_progress(self, snapshot: Snapshot) -> None:
        self._document.report(self._progress_fields.of(snapshot, datetime.now(UTC)))

    def _is_reported(self) -> None:
        self._reported_at = time.monotonic()
