"""Runs one attempt of a task, as the environment describes it, and returns its exit code."""

import logging
import signal

from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.environment import MissingSetting
from gdb_export.contract.structured_log import LogContext, log_as_json
from gdb_export.export.export import export
from job.attempt import RETRY, Attempt, StopReason
from job.dataset_load import DatasetLoader
from job.part_task import PartTask
from job.settings import Settings
from job.single_task import SingleTask
from job.task import Task

log = logging.getLogger(__name__)


def main() -> int:
    """Return the exit code: 0 if nothing is left to do, 1 to be retried, 2 for a bad setting."""
    log_as_json()
    try:
        settings = Settings.from_environment()
    except (MissingSetting, ValueError) as error:
        log.error("the job is not configured correctly: %s", error)
        return 2
    log_as_json(_log_context(settings), redacted=True)
    objects = Client(project=settings.project)
    loader = DatasetLoader(settings, objects)
    attempt = Attempt(settings, _task(settings, objects), loader=loader)
    signal.signal(signal.SIGTERM, lambda number, frame: attempt.stop(StopReason.TERMINATED))
    try:
        return attempt.run()
    except Exception:
        log.exception("the attempt failed and could not write that to its document")
        return RETRY


def _task(settings: Settings, objects: Client) -> Task:
    documents = firestore.Client(project=settings.project, database=settings.firestore_database)
    if settings.task_count > 1:
        return PartTask(settings, documents, objects)
    return SingleTask(settings, documents, objects, export)


def _log_context(settings: Settings) -> LogContext:
    labels = {
        "export": settings.document.rpartition("/")[2],
        "execution": settings.execution,
        "attempt": str(settings.attempt),
    }
    return LogContext(labels, settings.trace)
