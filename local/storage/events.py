"""Delivers finalize events at least once, as binary CloudEvents, until the function answers 2xx.

The format is that of Eventarc. Undelivered events are kept in files and survive a restart.
https://github.com/googleapis/google-cloudevents (storage.object.v1)
"""

import hashlib
import heapq
import http.client
import json
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from local.faults import Fault, Faults
from local.storage.objects import StoredObject

FINALIZED = "google.cloud.storage.object.v1.finalized"
API = "https://www.googleapis.com"
TIMEOUT = 60.0  # seconds
WORKERS = 16


@dataclass(frozen=True, slots=True)
class Trigger:
    """The bucket whose events are sent, and the URL that receives them.

    Delays between tries double from `first_retry_delay` to `max_retry_delay` seconds (in the real
    service from 10 s to 600 s).
    """

    bucket: str
    url: str
    first_retry_delay: float = 0.5
    max_retry_delay: float = 8.0

    def delay(self, tries: int) -> float:
        """Delay in seconds after `tries` tries.

        It is shortened at random by up to half, so that events that failed together do not return
        together.
        """
        delay = min(self.first_retry_delay * 2.0**tries, self.max_retry_delay)
        return delay * random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try; `status` is that of the function's response, None without a response."""

    event: str
    status: int | None


class FinalizeEvents:
    """The events of one trigger. A context manager: events are delivered inside it."""

    def __init__(self, folder: Path, trigger: Trigger | None, faults: Faults) -> None:
        self._folder = folder
        self._trigger = trigger
        self._faults = faults
        self._changed = threading.Condition()
        # A heap of (time of a monotonic clock, file of the event, tries so far)
        self._due: list[tuple[float, Path, int]] = []
        self._stopping = False
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="event")
        self._clock = threading.Thread(target=self._dispatch, name="events")
        self.deliveries: list[Delivery] = []
        folder.mkdir(parents=True, exist_ok=True)

    def announce(self, stored: StoredObject) -> None:
        """Store the event of a new object, then deliver it. The stored event survives a restart."""
        if self._trigger is None or stored.bucket != self._trigger.bucket:
            return
        event = finalized_event(stored)
        path = self._folder / f"{event['headers']['ce-id']}.json"
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(event))
        os.replace(partial, path)
        self._schedule(path, 0.0, 0)

    def repeat(self, stored: StoredObject, copies: int) -> None:
        """Deliver the event of an object again, `copies` times concurrently and without retries."""
        event = finalized_event(stored)
        with ThreadPoolExecutor(copies) as pool:
            list(pool.map(lambda _: self._post(event), range(copies)))

    def undelivered(self) -> int:
        """The number of events not yet answered with 2xx."""
        return sum(1 for _ in self._folder.glob("*.json"))

    def __enter__(self) -> "FinalizeEvents":
        for path in self._folder.glob("*.json"):
            self._schedule(path, 0.0, 0)
        self._clock.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._clock.join()
        self._workers.shutdown(cancel_futures=True)

    def _schedule(self, path: Path, seconds: float, tries: int) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, path, tries))
            self._changed.notify_all()

    def _dispatch(self) -> None:
        with self._changed:
            while not self._stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                else:
                    _, path, tries = heapq.heappop(self._due)
                    self._workers.submit(self._deliver, path, tries)

    def _deliver(self, path: Path, tries: int) -> None:
        if not path.exists():
            return  # announced twice, and already delivered
        fault = self._faults.decide("events.deliver")
        if fault and fault.kind == "slow":
            return self._schedule(path, fault.seconds, tries)
        if self._succeeds(json.loads(path.read_text()), fault):
            path.unlink(missing_ok=True)
        elif self._trigger:
            self._schedule(path, self._trigger.delay(tries), tries + 1)

    def _succeeds(self, event: dict[str, Any], fault: Fault | None) -> bool:
        if fault and fault.kind in ("status", "cut before"):
            return False
        if fault and fault.kind == "copies":
            with ThreadPoolExecutor(fault.copies) as pool:
                return all(pool.map(lambda _: self._post(event), range(fault.copies)))
        delivered = self._post(event)
        return delivered and not (fault and fault.kind == "cut after")

    def _post(self, event: dict[str, Any]) -> bool:
        status = _post_event(self._trigger.url, event) if self._trigger else None
        self.deliveries.append(Delivery(event["headers"]["ce-id"], status))
        return status is not None and 200 <= status < 300


def _post_event(url: str, event: dict[str, Any]) -> int | None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT)
    try:
        connection.request("POST", address.path or "/", json.dumps(event["data"]), event["headers"])
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def finalized_event(stored: StoredObject) -> dict[str, Any]:
    """Headers and data of an event. The id depends on the generation only, so repeats share it."""
    resource = stored.resource(API)
    digest = hashlib.sha256(resource["id"].encode()).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(int(digest[:16], 16)),
        "ce-type": FINALIZED,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{stored.bucket}",
        # headers are ASCII: the HTTP binding of CloudEvents quotes other characters
        "ce-subject": quote(f"objects/{stored.name}", safe="/:?&=+,;@!$*()[] "),
        "ce-time": stored.created,
        "ce-bucket": stored.bucket,
        # version, trace, parent, flags, as in requests of the real service
        "traceparent": f"00-{digest[:32]}-{digest[32:48]}-01",
    }
    return {"headers": headers, "data": resource}
