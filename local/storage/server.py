"""The storage server put together: buckets, the JSON API, events, the watched folder."""

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
    """A running server. `url` is what STORAGE_EMULATOR_HOST wants."""

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
    quiet: float = 1.0,
) -> Iterator[StorageServer]:
    """Serve the folder `root`, whose folders are the buckets; port 0 is any free one."""
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
        stack.enter_context(FolderWatch(buckets, quiet))
        yield StorageServer(server.url, buckets, uploads.sessions, events, faults, server.traffic)
