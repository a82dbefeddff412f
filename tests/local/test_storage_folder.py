"""Files that are dropped into the folder, events, and recovery after a crash."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.faults import Fault, FaultRule, Faults
from local.storage.buckets import Buckets
from local.storage.content import IncomingContent
from local.storage.events import Trigger
from local.storage.folder_watch import FolderWatch
from local.storage.objects import Properties, StoredObject
from local.storage.preconditions import Preconditions
from local.storage.server import StorageServer, storage_server

Event = tuple[str, str, dict[str, object]]  # identity, subject, data


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.02)


class Function:
    """Receives events as functions-framework does; answers with `statuses`, then with 200."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.statuses: list[int] = []
        function = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                function.events.append((self.headers["ce-id"], self.headers["ce-subject"], data))
                self.send_response(function.statuses.pop(0) if function.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def function() -> Iterator[Function]:
    function = Function()
    thread = threading.Thread(target=function.server.serve_forever, args=(0.05,))
    thread.start()
    yield function
    function.server.shutdown()
    thread.join()
    function.server.server_close()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def stack(tmp_path: Path, function: Function, faults: Faults) -> Iterator[StorageServer]:
    (tmp_path / "uploads").mkdir()
    trigger = Trigger("uploads", function.url, first_retry_delay=0.05)
    with storage_server(tmp_path, trigger=trigger, faults=faults, stable_seconds=0.3) as server:
        yield server


def drop(server: StorageServer, name: str, data: bytes) -> Path:
    """Write a file to the bucket's folder, as a user does."""
    path = server.buckets.root / "uploads" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_dropped_file_becomes_an_object_and_an_event(
    stack: StorageServer, function: Function
) -> None:
    drop(stack, "in/BACKUP Ü.GDB", b"database")
    wait_until(lambda: function.events)
    _, subject, data = function.events[0]
    assert subject == "objects/in/BACKUP %C3%9C.GDB"
    assert (data["name"], data["size"]) == ("in/BACKUP Ü.GDB", "8")
    stored = stack.buckets.get("uploads").get("in/BACKUP Ü.GDB")
    assert data["generation"] == str(stored.generation)


def test_an_event_is_repeated_until_the_function_accepts_it(
    stack: StorageServer, function: Function
) -> None:
    function.statuses = [500, 503]
    drop(stack, "BACKUP.GDB", b"database")
    wait_until(lambda: len(function.events) == 3)
    assert len({identity for identity, _, _ in function.events}) == 1


def test_a_slow_copy_is_one_object(stack: StorageServer, function: Function) -> None:
    path = drop(stack, "BACKUP.GDB", b"")
    for _ in range(10):
        time.sleep(0.1)
        with path.open("ab") as file:
            file.write(b"12345")
    wait_until(lambda: function.events)
    time.sleep(0.6)
    assert [data["size"] for _, _, data in function.events] == ["50"]


def test_hidden_and_unfinished_files_are_ignored(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path, lambda stored: None)
    bucket = buckets.create("uploads")
    for name in (".DS_Store", "BACKUP.GDB.part", "BACKUP.GDB"):
        (bucket.folder / name).write_bytes(b"x")
    watch = FolderWatch(buckets, stable_seconds=1)
    watch.scan(now=0)
    watch.scan(now=2)
    assert list(bucket.objects()) == ["BACKUP.GDB"]


def test_an_overwritten_file_is_a_new_generation_and_a_removed_one_is_gone(
    tmp_path: Path,
) -> None:
    announced: list[StoredObject] = []
    buckets = Buckets(tmp_path, announced.append)
    bucket = buckets.create("uploads")
    watch = FolderWatch(buckets, stable_seconds=1)
    for now, data in ((0, b"first"), (10, b"second!")):
        (bucket.folder / "BACKUP.GDB").write_bytes(data)
        watch.scan(now)
        watch.scan(now + 2)
    assert [stored.size for stored in announced] == [5, 7]
    assert announced[0].generation < announced[1].generation
    (bucket.folder / "BACKUP.GDB").unlink()
    watch.scan(now=20)
    assert bucket.objects() == {}


def put(buckets: Buckets, name: str, data: bytes) -> StoredObject:
    """Store an object, as an upload by HTTP does."""
    content = IncomingContent(buckets.uploads)
    content.append(data)
    return buckets.get("uploads").put(name, content, Properties(), Preconditions())


def test_objects_survive_a_restart_without_new_events(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path, lambda stored: None)
    buckets.create("uploads")
    stored = put(buckets, "a", b"x")
    announced: list[StoredObject] = []
    restarted = Buckets(tmp_path, announced.append)
    FolderWatch(restarted, stable_seconds=0).scan(now=0)
    assert restarted.get("uploads").get("a") == stored
    assert announced == []


class Crash(BaseException):
    pass


def test_a_crash_between_content_and_record_loses_nothing(tmp_path: Path) -> None:
    def crash(stored: StoredObject) -> None:
        raise Crash

    first_run = Buckets(tmp_path, lambda stored: None)
    first_run.create("uploads")
    first = put(first_run, "a", b"first")
    with pytest.raises(Crash):
        put(Buckets(tmp_path, crash), "a", b"second")
    announced: list[StoredObject] = []
    recovered = Buckets(tmp_path, announced.append).get("uploads").get("a")
    assert recovered.size == len(b"second")
    assert recovered.generation > first.generation
    assert announced == [recovered]


def test_a_crash_before_the_content_is_in_place_keeps_the_old_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets = Buckets(tmp_path, lambda stored: None)
    buckets.create("uploads")
    first = put(buckets, "a", b"first")
    replace = os.replace

    def crash(source: Path, target: Path) -> None:
        if Path(target).name == "a":
            raise Crash
        replace(source, target)

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(Crash):
        put(buckets, "a", b"second")
    monkeypatch.undo()
    restarted = Buckets(tmp_path, lambda stored: None)
    assert restarted.get("uploads").get("a") == first
    with restarted.get("uploads").open(first) as file:
        assert file.read() == b"first"


def test_an_undelivered_event_is_delivered_after_a_restart(
    tmp_path: Path, function: Function
) -> None:
    unreachable = Trigger("uploads", "http://127.0.0.1:9", first_retry_delay=30)
    with storage_server(tmp_path, trigger=unreachable, stable_seconds=0.1) as server:
        server.buckets.create("uploads")
        drop(server, "BACKUP.GDB", b"x")
        wait_until(lambda: server.events.deliveries)
    with storage_server(tmp_path, trigger=Trigger("uploads", function.url)):
        wait_until(lambda: function.events)
    assert function.events[0][2]["name"] == "BACKUP.GDB"


def test_a_fault_delivers_an_event_several_times_at_once(
    stack: StorageServer, function: Function, faults: Faults
) -> None:
    faults.add(FaultRule("events.deliver", Fault("copies", copies=10)))
    drop(stack, "BACKUP.GDB", b"x")
    wait_until(lambda: len(function.events) == 10)
    assert len({identity for identity, _, _ in function.events}) == 1


def test_an_event_whose_response_is_lost_is_repeated(
    stack: StorageServer, function: Function, faults: Faults
) -> None:
    faults.add(FaultRule("events.deliver", Fault("cut after")))
    drop(stack, "BACKUP.GDB", b"x")
    wait_until(lambda: len(function.events) == 2)


def test_a_fault_delays_an_event(stack: StorageServer, function: Function, faults: Faults) -> None:
    faults.add(FaultRule("events.deliver", Fault("slow", seconds=1.0)))
    started = time.monotonic()
    drop(stack, "BACKUP.GDB", b"x")
    wait_until(lambda: function.events)
    assert time.monotonic() - started >= 1.0
