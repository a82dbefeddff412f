"""One task of the job: environment -> settings -> one attempt of an export -> exit code."""

import logging
import signal

from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.structured_log import LogContext, log_as_json
from gdb_export.export.export import export
from job.attempt import TRY_AGAIN, Attempt, Stop
from job.part_attempt import PartAttempt
from job.settings import MissingSetting, Settings

log = logging.getLogger(__name__)


def main() -> int:
    """The exit code: 0 if nothing is left to do, 1 to try again, 2 where a setting is missing."""
    log_as_json()
    try:
        settings = Settings.from_environment()
    except (MissingSetting, ValueError) as error:
        log.error("the job is not set up: %s", error)
        return 2
    log_as_json(_log_context(settings), redacted=True)
    documents = firestore.Client(project=settings.project, database=settings.firestore_database)
    objects = Client(project=settings.project)
    attempt = (
        PartAttempt(settings, documents, objects)
        if settings.task_count > 1
        else Attempt(settings, documents, objects, export)
    )
    signal.signal(signal.SIGTERM, lambda number, frame: attempt.stop(Stop.TERMINATED))
    try:
        return attempt.run()
    except Exception:
        log.exception("the attempt ended before it could say so in its document")
        return TRY_AGAIN


def _log_context(settings: Settings) -> LogContext:
    labels = {
        "export": settings.document.rpartition("/")[2],
        "execution": settings.execution,
        "attempt": str(settings.attempt),
    }
    return LogContext(labels, settings.trace)
