"""The entry points of the Cloud Functions.

on_upload starts the export of an uploaded database. It is deployed with retries: it answers 200
if nothing is left to do and 503 if another delivery of the event may succeed.
on_schedule finalises the exports that no execution works on.
"""

import functools
import logging
from typing import TYPE_CHECKING

import flask
import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import ServiceUnavailable

from gdb_export.contract.structured_log import log_as_json, log_context
from settings import Settings
from start_errors import StartLater
from upload import Ignored, read_upload

if TYPE_CHECKING:
    from job_starter import JobStarter

log_as_json()
log = logging.getLogger(__name__)


@functions_framework.cloud_event
def on_upload(event: CloudEvent) -> None:
    upload = read_upload(event, _settings().upload_prefix)
    if isinstance(upload, Ignored):
        if upload.malformed:
            log.warning("event %s ignored: %s", event["id"], upload.reason)
        return
    trace = _trace()
    with log_context({"export": upload.task_id}, trace):
        try:
            _job_starter().start(upload, trace)
        except StartLater as error:
            log.warning("the event must be delivered again: %s", error)
            raise ServiceUnavailable(str(error)) from error


@functions_framework.http
def on_schedule(request: flask.Request) -> str:
    from clients import make_reconciler

    return f"finalised {make_reconciler(_settings()).reconcile()}\n"


@functools.cache
def _settings() -> Settings:
    return Settings.from_environment()


@functools.cache
def _job_starter() -> "JobStarter":
    # Imported late: Google's clients take a second to load, and most events are not of databases.
    from clients import make_job_starter

    return make_job_starter(_settings())


def _trace() -> str | None:
    """Return the event's trace, from the header traceparent: version-trace-parent-flags.

    https://www.w3.org/TR/trace-context/
    """
    parts = flask.request.headers.get("traceparent", "").split("-")
    return f"projects/{_settings().project}/traces/{parts[1]}" if len(parts) == 4 else None
