"""A proxy for the BigQuery emulator that injects faults and is closer to the service.

It refuses a job id that was used before, and gives the emulator the objects of a load from the
local storage server, because the emulator reads `gs://` from a folder.
"""

import json
import re
import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from functools import partial
from pathlib import Path

from local.bigquery.emulator import BigQueryEmulator
from local.faults import Faults
from local.http_server import HttpError, HttpServer, Request, Response, Route

_DATASETS = r"/bigquery/v2/projects/[^/]+/datasets"
_TABLE = rf"{_DATASETS}/[^/]+/tables/[^/]+"
_JOBS = r"/(?:upload/)?(?:resumable/upload/)?bigquery/v2/projects/[^/]+/jobs"
# Name of an operation in the rules of faults, method and path; the first match counts
_OPERATIONS = (
    ("bigquery.tables.insert", "POST", rf"{_DATASETS}/[^/]+/tables"),
    ("bigquery.tables.list", "GET", rf"{_DATASETS}/[^/]+/tables"),
    ("bigquery.tables.get", "GET", _TABLE),
    ("bigquery.tables.update", "PATCH", _TABLE),
    ("bigquery.tables.delete", "DELETE", _TABLE),
    ("bigquery.jobs.insert", "POST", _JOBS),
    ("bigquery.jobs.get", "GET", r"/bigquery/v2/projects/[^/]+/(?:jobs|queries)/.*"),
    *(("bigquery.other", method, "/.*") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
)
_JOB_ID = re.compile(rb'"jobId":\s*"([^"]+)"')
_HOP_HEADERS = {"connection", "content-length", "host", "transfer-encoding", "accept-encoding"}
_TIMEOUT_SECONDS = 300


class BigQueryProxy:
    """Forwards requests to an emulator.

    `storage` is the URL of the storage server, None if no load reads a bucket.
    """

    def __init__(self, emulator: BigQueryEmulator, storage: str | None) -> None:
        self._target = emulator.url
        self._buckets = emulator.buckets
        self._storage = storage
        self._lock = threading.Lock()
        self._job_ids: set[bytes] = set()
        # Requests to this machine must not go through the environment's proxy
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def routes(self) -> list[Route]:
        return [
            Route(operation, method, re.compile(f"(?P<path>{path})"), partial(self.forward, method))
            for operation, method, path in _OPERATIONS
        ]

    def forward(self, method: str, request: Request) -> Response:
        body = request.body.read()
        path = request.parameters["path"]
        is_job = method == "POST" and re.fullmatch(_JOBS, path) is not None
        # the start of a resumable upload makes no job yet: its last part does
        is_started = is_job and request.query.get("uploadType") != "resumable"
        job_id = _JOB_ID.search(body) if is_started else None
        if job_id is not None:
            self._use(job_id[1])
        copies = self._fetch_objects(body) if is_job else []
        response = self._send(method, path, request, body)
        for copy in copies:
            copy.unlink(missing_ok=True)
        if job_id is not None and response.status >= 400:
            with self._lock:
                self._job_ids.discard(job_id[1])
        return response

    def _use(self, job_id: bytes) -> None:
        with self._lock:
            if job_id in self._job_ids:
                raise HttpError(409, f"Already Exists: Job {job_id.decode()}", "duplicate")
            self._job_ids.add(job_id)

    def _fetch_objects(self, body: bytes) -> list[Path]:
        """Copy the objects that a load job names, and return their paths."""
        if self._storage is None or not body.startswith(b"{"):
            return []
        load = json.loads(body).get("configuration", {}).get("load", {})
        return [self._fetch_object(uri) for uri in load.get("sourceUris", [])]

    def _fetch_object(self, uri: str) -> Path:
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        quoted = urllib.parse.quote(name, safe="")
        path = self._buckets / bucket / name
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"{self._storage}/storage/v1/b/{bucket}/o/{quoted}?alt=media"
        with self._opener.open(url, timeout=_TIMEOUT_SECONDS) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        return path

    def _send(self, method: str, path: str, request: Request, body: bytes) -> Response:
        query = urllib.parse.urlencode(request.query)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _HOP_HEADERS
        }
        forwarded = urllib.request.Request(
            f"{self._target}{urllib.parse.quote(path, safe='/:$')}?{query}",
            body or None,
            headers,
            method=method,
        )
        try:
            with self._opener.open(forwarded, timeout=_TIMEOUT_SECONDS) as answer:
                return self._answered(answer.status, answer.headers, answer.read(), request)
        except urllib.error.HTTPError as error:
            with error:
                return self._answered(error.code, error.headers, error.read(), request)

    def _answered(self, status: int, headers: Message, body: bytes, request: Request) -> Response:
        kept = {
            name: value.replace(self._target, request.base)
            for name, value in headers.items()
            if name.lower() not in _HOP_HEADERS
        }
        return Response(status, body, kept)


@contextmanager
def bigquery_proxy(
    emulator: BigQueryEmulator, faults: Faults, storage: str | None = None
) -> Iterator[str]:
    """Run a proxy for the emulator. Yields the proxy's URL."""
    with HttpServer(BigQueryProxy(emulator, storage).routes(), faults=faults) as server:
        yield server.url
