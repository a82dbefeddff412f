"""A stand-in for Cloud Run that answers run requests, and a Firestore client."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.cloud import firestore

from local.firestore_emulator import FirestoreEmulator

JOB = "projects/demo/locations/europe-west1/jobs/export"


@dataclass
class CloudRun:
    """Answers run requests: first with the HTTP codes in `refusals`, then with an execution each.

    `started` are the environment variables of each execution.
    """

    endpoint: str = ""
    refusals: list[int] = field(default_factory=list)
    started: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.refusals:
            code = self.refusals.pop(0)
            return code, {"error": {"code": code, "message": "refused by the test"}}
        (container,) = request["overrides"]["containerOverrides"]
        self.started.append({pair["name"]: pair["value"] for pair in container["env"]})
        execution = f"{JOB}/executions/export-{len(self.started)}"
        metadata = {"@type": "type.googleapis.com/google.cloud.run.v2.Execution", "name": execution}
        return 200, {"name": "projects/demo/operations/1", "metadata": metadata}


@pytest.fixture
def cloud_run() -> Iterator[CloudRun]:
    service = CloudRun()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path.split("?")[0] == f"/v2/{JOB}:run"
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code, body = service.answer(request)
            payload = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        service.endpoint = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        thread.join()


@pytest.fixture
def documents(emulator: FirestoreEmulator) -> Iterator[firestore.Client]:
    client = firestore.Client(project="demo")
    yield client
    client.close()
