"""Streams the body of an HTTP request, of known length or in chunked transfer coding."""

import io
from email.message import Message
from typing import BinaryIO

MAX_LINE_BYTES = 65536


class RequestBody:
    """A request's body. Raises ConnectionError if the client disconnects before its end."""

    def __init__(self, stream: BinaryIO | io.BufferedIOBase, headers: Message) -> None:
        self._stream = stream
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.length: int | None = None if self._chunked else int(headers.get("Content-Length") or 0)
        self._left_in_chunk = 0 if self._chunked else (self.length or 0)
        self._ended = not self._chunked and self.length == 0
        self._pending = b""
        self._until_cut: int | None = None

    def cut_in_the_middle(self) -> None:
        """Make the connection break half-way through a body of known length (an injected fault)."""
        if self.length:
            self._until_cut = self.length // 2

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end of the body; all of it if negative."""
        pieces = []
        while size != 0 and (piece := self._next(size if size > 0 else 1 << 20)):
            pieces.append(piece)
            size -= len(piece) if size > 0 else 0
        return b"".join(pieces)

    def readline(self) -> bytes:
        """Read up to and including the next line feed. Meant for the heads of multipart bodies."""
        while b"\n" not in self._pending and len(self._pending) < MAX_LINE_BYTES:
            head, self._pending = self._pending, b""
            piece = self._next(MAX_LINE_BYTES)
            self._pending = head + piece
            if not piece:
                break
        line, separator, self._pending = self._pending.partition(b"\n")
        return line + separator

    def put_back(self, data: bytes) -> None:
        """Push `data` back, to be read next."""
        self._pending = data + self._pending

    def drain(self) -> None:
        """Skip to the end, so that the connection can serve another request."""
        while self._next(1 << 20):
            pass

    def _next(self, max_bytes: int) -> bytes:
        if self._pending:
            piece, self._pending = self._pending[:max_bytes], self._pending[max_bytes:]
            return piece
        if self._chunked and not self._left_in_chunk and not self._ended:
            self._begin_chunk()
        if self._ended:
            return b""
        return self._receive(min(max_bytes, self._left_in_chunk))

    def _receive(self, max_bytes: int) -> bytes:
        if self._until_cut is not None:
            max_bytes = min(max_bytes, self._until_cut)
        piece = self._stream.read1(max_bytes) if max_bytes else b""  # type: ignore[union-attr]
        if not piece:
            raise ConnectionError("the client disconnected within a body")
        if self._until_cut is not None:
            self._until_cut -= len(piece)
        self._left_in_chunk -= len(piece)
        if not self._left_in_chunk:
            self._end_chunk()
        return piece

    def _begin_chunk(self) -> None:
        line = self._stream.readline(MAX_LINE_BYTES)
        try:
            self._left_in_chunk = int(line.split(b";")[0], 16)
        except ValueError:
            raise ConnectionError("the client sent a malformed chunk") from None
        if not self._left_in_chunk:
            while self._stream.readline(MAX_LINE_BYTES).strip():
                pass  # trailers
            self._ended = True

    def _end_chunk(self) -> None:
        if self._chunked:
            self._stream.readline(MAX_LINE_BYTES)
        else:
            self._ended = True
