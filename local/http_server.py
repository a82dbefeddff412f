"""A small HTTP/1.1 server for JSON APIs: routes, streamed bodies, injected faults."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from local.faults import Fault, Faults
from local.processes import HOST
from local.request_body import RequestBody
from local.traffic import Traffic

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    416: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class HttpError(Exception):
    """An error response in the form of Google's APIs: JSON with code, status and message."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason or STATUS_NAMES.get(status, "")


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `parameters` are the path's named groups, unquoted; `base` is the server's URL."""

    base: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Message
    body: RequestBody

    def json(self) -> dict[str, Any]:
        text = self.body.read()
        try:
            value = json.loads(text or b"{}")
        except ValueError:
            raise HttpError(400, "Parse Error") from None
        if not isinstance(value, dict):
            raise HttpError(400, "the body must be a JSON object")
        return value


@dataclass(frozen=True, slots=True)
class FileSlice:
    """`count` bytes of an open file from `offset`. The server closes the file."""

    file: BinaryIO
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class Response:
    """A response; the body is bytes or a part of a file."""

    status: int = 200
    body: bytes | FileSlice = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return self.body.count if isinstance(self.body, FileSlice) else len(self.body)

    def close(self) -> None:
        """Close the file of a response that is not sent."""
        if isinstance(self.body, FileSlice):
            self.body.file.close()


def json_response(value: object, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=UTF-8"})


def error_response(error: HttpError) -> Response:
    status, message = error.status, str(error)
    detail = {"message": message, "domain": "global", "reason": error.reason}
    content = {"code": status, "message": message, "errors": [detail]}
    return json_response({"error": content | {"status": STATUS_NAMES.get(status, "")}}, status)


@dataclass(frozen=True, slots=True)
class Route:
    """An API method; `operation` is its name in fault rules, `path` matches the quoted path."""

    operation: str
    method: str
    path: re.Pattern[str]
    handler: Callable[[Request], Response]


class HttpServer(ThreadingHTTPServer):
    """Serves `routes` on 127.0.0.1, a thread per connection. Used as a context manager."""

    request_queue_size = 256
    daemon_threads = False
    block_on_close = True

    def __init__(self, routes: Sequence[Route], port: int = 0, faults: Faults | None = None):
        self.routes = routes
        self.faults = faults or Faults()
        self.traffic = Traffic()
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__((HOST, port), _RequestHandler)
        self.url = f"http://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), name=self.url).start()

    def stop(self) -> None:
        """Stop serving and close all connections: an idle one would keep its thread alive."""
        self.shutdown()
        with self._connections_lock:
            for connection in self._connections:
                _shut_down(connection)
        self.server_close()

    def __enter__(self) -> "HttpServer":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def add_connection(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.add(connection)

    def remove_connection(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: clients may disconnect, and others were answered with status 500."""


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # already closed by the client


class _RequestHandler(BaseHTTPRequestHandler):
    """Serves the requests of one connection."""

    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.add_connection(self.connection)

    def finish(self) -> None:
        self.server.remove_connection(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: requests would hide the console's own output."""

    def _serve(self) -> None:
        address = urlsplit(self.path)
        for route in self.server.routes:
            match = route.path.fullmatch(address.path)
            if match and route.method == self.command:
                parameters = {name: unquote(part) for name, part in match.groupdict().items()}
                query = dict(parse_qsl(address.query, keep_blank_values=True))
                return self._respond_with_faults(route, parameters, query)
        self._send(error_response(HttpError(404, f"no such method: {self.command} {address.path}")))
        self.close_connection = True  # the request's body was not read

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _respond_with_faults(
        self, route: Route, parameters: Mapping[str, str], query: Mapping[str, str]
    ) -> None:
        fault = self.server.faults.decide(route.operation)
        body = RequestBody(self.rfile, self.headers)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault and fault.kind == "kill before":
            self.server.faults.kill(fault)
        if fault and fault.kind in ("cut before", "kill before"):
            return self._disconnect()
        if fault and fault.kind == "status":
            body.drain()
            error = HttpError(fault.status, fault.message, fault.reason)
            return self._send(error_response(error))
        if fault and fault.kind == "cut during":
            body.cut_in_the_middle()
        response = self._handle_route(
            route, Request(self.server.url, parameters, query, self.headers, body)
        )
        if fault and fault.kind == "kill after":
            self.server.faults.kill(fault)
        if fault and fault.kind in ("cut after", "kill after"):
            response.close()
            return self._disconnect()
        body.drain()
        self.server.traffic.add(route.operation, response.length)
        self._send(response, fault)

    def _handle_route(self, route: Route, request: Request) -> Response:
        try:
            return route.handler(request)
        except HttpError as error:
            return error_response(error)
        except ConnectionError:
            raise
        except Exception as error:
            return error_response(HttpError(500, f"{type(error).__name__}: {error}"))

    def _disconnect(self) -> None:
        self.close_connection = True
        _shut_down(self.connection)

    def _send(self, response: Response, fault: Fault | None = None) -> None:
        body, length = response.body, response.length
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        sent = length // 2 if fault and fault.kind == "cut during" else length
        if isinstance(body, FileSlice):
            with body.file as file:
                if sent:
                    self.connection.sendfile(file, body.offset, sent)
        else:
            self.wfile.write(body[:sent])
        if sent < length:
            self._disconnect()
