"""Starts another execution of an export whose last one ended without access to bucket or document.

Access changes take minutes, sometimes hours, to take effect
(https://cloud.google.com/iam/docs/access-change-propagation).
"""

import logging

from execution_starter import ExecutionStarter, task_count
from gdb_export.contract.execution import (
    ACCESS_WAIT,
    EXPORT_DOCUMENT,
    JOB_REGION,
    execution_fields,
)
from gdb_export.contract.job_document import JobDocument, document_path
from pending_document import PendingDocument
from settings import Settings
from start_errors import StartLater

log = logging.getLogger(__name__)

# In seconds, the wait before the second attempt: short, as the sweep waits between executions.
_ACCESS_WAIT_SECONDS = 5


class Restarter:
    """Starts executions for the sweep."""

    def __init__(self, executions: ExecutionStarter, settings: Settings) -> None:
        self._executions = executions
        self._settings = settings

    def restart(self, pending: PendingDocument, document: JobDocument, ended: str) -> None:
        """Start an execution after `ended`; a refusal leaves the document to the next sweep.

        Raises ConcurrentChange and the errors of Google's client.
        """
        settings = self._settings
        pending.claim_restart(ended)
        environment = {
            EXPORT_DOCUMENT: document_path(document.task_id, settings.collection_prefix),
            JOB_REGION: settings.region,
            ACCESS_WAIT: str(_ACCESS_WAIT_SECONDS),
        }
        tasks = task_count(settings, document.source.size, document.options)
        try:
            name = self._executions.start(environment, tasks)
        except StartLater as error:
            log.warning("the export cannot be started again yet: %s", error)
            pending.wait(f"Waiting: {error}. The sweep tries again")
            return
        log.info("started execution %s after %s", name, ended)
        pending.set_execution(execution_fields(settings.project, settings.region, name))
