"""Streams multipart bodies. RFC 2387; RFC 2046 section 5.1.

Like the real service it accepts lines that end with LF alone, as Python's email package writes
them, and a boundary in single quotes that the delimiters lack.
"""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

from local.http_server import HttpError
from local.request_body import RequestBody
from local.storage.content import PIECE_BYTES

_UNENCODED = ("binary", "8bit", "7bit")


class MultipartBody:
    """A multipart body: call `head`, then read all of `content`, for each part in turn."""

    def __init__(self, body: RequestBody, content_type: str) -> None:
        """Skip to the first part. Raises HttpError 400."""
        self._body = body
        self._end_of_line, self._delimiter = self._find_first(_delimiters(content_type))
        self.is_over = False

    def head(self) -> Message:
        """The part's header fields. Raises HttpError 400."""
        lines = []
        while (line := self._body.readline()).strip():
            lines.append(line)
        if not line or self.is_over:
            raise _malformed()
        head = message_from_bytes(b"".join(lines))
        coding = head.get("Content-Transfer-Encoding", "binary")
        if coding.lower() not in _UNENCODED:
            raise HttpError(400, f"Unsupported content transfer encoding: {coding}")
        return head

    def content(self) -> Iterator[bytes]:
        """The part's bytes in pieces. Raises HttpError 400 if no delimiter follows."""
        # The line end before a delimiter belongs to it. In an empty part it is the line end of the
        # head.
        delimiter = self._end_of_line + self._delimiter
        pending, begin = self._end_of_line, len(self._end_of_line)
        while (end := pending.find(delimiter)) < 0:
            if not (data := self._body.read(PIECE_BYTES)):
                raise _malformed()
            keep = max(len(pending) - len(delimiter) + 1, 0)
            yield pending[begin:keep]
            pending, begin = pending[keep:] + data, max(begin - keep, 0)
        yield pending[begin:end]
        self._body.put_back(pending[end + len(delimiter) :])
        self._end_delimiter()

    def _find_first(self, delimiters: list[bytes]) -> tuple[bytes, bytes]:
        """The line end of the body, and the delimiter that it uses."""
        while line := self._body.readline():
            if (delimiter := line.rstrip()) in delimiters:
                return b"\r\n" if line.endswith(b"\r\n") else b"\n", delimiter
        raise _malformed()

    def _end_delimiter(self) -> None:
        """Read the rest of a delimiter's line; two hyphens mark the last delimiter."""
        rest = self._body.readline().rstrip()
        self.is_over = rest == b"--"
        if rest and not self.is_over:
            raise _malformed()


def _delimiters(content_type: str) -> list[bytes]:
    head = Message()
    head["Content-Type"] = content_type
    boundary = head.get_boundary()
    if not boundary:
        raise HttpError(400, "Missing multipart boundary")
    return [f"--{text}".encode() for text in (boundary, boundary.strip("'"))]


def _malformed() -> HttpError:
    return HttpError(400, "Malformed multipart body.")
