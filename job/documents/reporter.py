"""Reports the progress of an export to the job document and watches for a cancel request.

The exporting thread only sets a snapshot; a thread of the reporter writes it at most once per
interval, so that a slow Firestore does not slow the export.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError

from gdb_export.progress import Snapshot, TableDone
from job.documents.contention import DocumentContended
from job.documents.leased_document import LeasedDocument, LeaseLost
from job.documents.progress_fields import table_fields

log = logging.getLogger(__name__)


class ReportOverdue(Exception):
    """No report succeeded for the reporter's patience: another execution may take over."""


class Reporter:
    """A context manager that runs the reporting thread."""

    def __init__(
        self,
        document: LeasedDocument,
        write_progress: Callable[[Snapshot], None],
        interval: float,
        patience: float,
        on_cancel_request: Callable[[], None],
        on_lease_lost: Callable[[], None],
        on_report_overdue: Callable[[], None],
    ) -> None:
        """`write_progress` also prolongs the lease. `on_cancel_request` is called after each report
        that finds a cancel request. The reporting thread ends with a call of `on_lease_lost`, or of
        `on_report_overdue` if no report has succeeded for `patience` seconds."""
        self._document = document
        self._write_progress = write_progress
        self._interval = interval
        self._patience = patience
        self._on_cancel_request = on_cancel_request
        self._on_lease_lost = on_lease_lost
        self._on_report_overdue = on_report_overdue
        self._snapshot = Snapshot()
        self._unwritten_tables: list[Mapping[str, Any]] = []
        self._report_lock = threading.Lock()
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

    def set_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def add_table(self, table: TableDone) -> None:
        self._unwritten_tables.append(table_fields(table))

    def add_table_fields(self, fields: Mapping[str, Any]) -> None:
        """Fields to write to the table's document, which keeps its other fields."""
        self._unwritten_tables.append(fields)

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                self.report()
            except LeaseLost as error:
                log.warning("stopping, the lease is lost: %s", error)
                self._on_lease_lost()
                return
            except ReportOverdue as error:
                log.warning("stopping: %s", error)
                self._on_report_overdue()
                return

    def report(self) -> None:
        """Write the current progress. Raises LeaseLost and ReportOverdue."""
        with self._report_lock:
            try:
                self._write_tables()
                self._write_progress(self._snapshot)
                self._reported_at = time.monotonic()
            except (GoogleAPICallError, RetryError, DocumentContended) as error:
                log.warning("the report could not be written: %s", error)
                if time.monotonic() - self._reported_at > self._patience:
                    raise ReportOverdue(
                        "no report succeeded within the duration of a lease"
                    ) from error
        if self._document.cancel_requested:
            self._on_cancel_request()

    def _write_tables(self) -> None:
        tables = self._unwritten_tables[:]
        self._document.write_tables(tables)
        del self._unwritten_tables[: len(tables)]
