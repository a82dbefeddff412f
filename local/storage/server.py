"""The storage server: buckets, the JSON and XML APIs, events, the watched folder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.faults import Faults
from local.http_server import HttpServer
from local.storage.bucket_requests import BucketRequests
from local.storage.buckets import STATE, Buckets
from local.storage.events import FinalizeEvents, Trigger
from local.storage.folder_watch import FolderWatch
from local.storage.object_requests import ObjectRequests
from local.storage.upload_requests import UploadRequests
from local.storage.uploads import UploadSessions
from local.storage.xml_uploads import XmlUploadRequests
from local.traffic import Traffic


@dataclass(frozen=True, slots=True)
class StorageServer:
    """A running server; `url` is the value of STORAGE_EMULATOR_HOST."""

    url: str
    buckets: Buckets
    sessions: UploadSessions
    events: FinalizeEvents
    faults: Faults
    traffic: Traffic


@contextmanager
def storage_server(
    root: Path,
    port: int = 0,
    trigger: Trigger | None = None,
    faults: Faults | None = None,
    stable_seconds: float = 1.0,
) -> Iterator[StorageServer]:
    """Serve the buckets that are the folders of `root`; port 0 selects a free port."""
    faults = faults or Faults()
    with ExitStack() as stack:
        events = FinalizeEvents(root / STATE / "events", trigger, faults)
        buckets = Buckets(root, events.announce)
        uploads = UploadRequests(buckets)
        xml_uploads = XmlUploadRequests(buckets)
        routes = [
            *BucketRequests(buckets).routes(),
            *ObjectRequests(buckets).routes(),
            *uploads.routes(),
            *xml_uploads.routes(),
        ]
        stack.callback(uploads.sessions.end_all)
        stack.callback(xml_uploads.end_all)
        stack.enter_context(events)
        server = stack.enter_context(HttpServer(routes, port, faults))
        stack.enter_context(FolderWatch(buckets, stable_seconds))
        yield StorageServer(server.url, buckets, uploads.sessions, events, faults, server.traffic)
