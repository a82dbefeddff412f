"""A gRPC proxy for the Firestore emulator that injects faults.

It forwards messages as bytes without parsing them. A call's operation is its method name:
`firestore.Commit`, `firestore.Listen` and so on.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import grpc  # type: ignore[import-untyped]

from local.faults import Fault, Faults
from local.processes import HOST

# Each watched document occupies a thread.
THREADS = 100
CODES = {
    403: grpc.StatusCode.PERMISSION_DENIED,
    409: grpc.StatusCode.ABORTED,
    412: grpc.StatusCode.FAILED_PRECONDITION,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
}


class _Forward(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Forwards every call to `channel`, unless a fault prevents it."""

    def __init__(self, channel: grpc.Channel, faults: Faults) -> None:
        self._channel = channel
        self._faults = faults

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        # On the wire a unary message is a stream of one, so this handler serves all methods.
        return grpc.stream_stream_rpc_method_handler(partial(self._serve, details.method))

    def _serve(
        self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        fault = self._faults.decide(f"firestore.{method.rsplit('/', 1)[-1]}")
        if fault:
            self._fail_before(fault, context)
        responses = self._responses(method, requests, context)
        if not (fault and fault.kind in ("cut after", "kill after", "cut during")):
            yield from responses
            return
        if fault.kind == "cut during":
            yield next(responses)
        else:
            list(responses)  # do the work, but withhold the responses
        if fault.kind == "kill after":
            self._faults.kill(fault)
        context.abort(grpc.StatusCode.UNAVAILABLE, "injected fault: the connection was lost")

    def _fail_before(self, fault: Fault, context: grpc.ServicerContext) -> None:
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind == "status":
            context.abort(CODES[fault.status], "injected fault")
        if fault.kind == "kill before":
            self._faults.kill(fault)
        if fault.kind in ("cut before", "kill before"):
            context.abort(grpc.StatusCode.UNAVAILABLE, "injected fault: no connection")

    def _responses(
        self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        metadata = [
            (key, value)
            for key, value in context.invocation_metadata()
            if not key.startswith(("grpc-", ":")) and key != "user-agent"
        ]
        call = self._channel.stream_stream(method)(
            requests, timeout=context.time_remaining(), metadata=metadata
        )
        context.add_callback(call.cancel)
        try:
            yield from call
        except grpc.RpcError as error:
            context.set_trailing_metadata(call.trailing_metadata() or ())
            context.abort(error.code(), error.details() or "")


@contextmanager
def firestore_proxy(emulator: str, faults: Faults) -> Iterator[str]:
    """Run a proxy for the emulator at `emulator` (host:port). Yields the proxy's host:port."""
    with grpc.insecure_channel(emulator) as channel:
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="firestore proxy")
        server = grpc.server(pool, handlers=[_Forward(channel, faults)])
        port = server.add_insecure_port(f"{HOST}:0")
        server.start()
        try:
            yield f"{HOST}:{port}"
        finally:
            server.stop(grace=None).wait()
            pool.shutdown()
