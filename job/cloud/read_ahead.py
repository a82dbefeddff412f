"""Parts of an object that are known to be read, fetched before they are asked for.

The plan comes in the order of reading. It is taken in groups of a few megabytes; within a group
what lies close together is fetched by one request, as long as little is fetched in vain. Each part
is given out once and then forgotten. Only so many bytes are held ahead of the reader.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

Fetch = Callable[[int, int], bytes]
Range = tuple[int, int]

_THREADS = 8
_LARGEST_GROUP = 8 << 20
_FEWEST_GROUPS = 8
_LARGEST = 4 << 20
# Of what a request is for, how much may be fetched in vain.
_IN_VAIN = 0.1


@dataclass(slots=True)
class _Request:
    """`parts` are those that have not been asked for: offset -> length."""

    offset: int
    length: int
    group: int
    parts: dict[int, int]
    data: "Future[bytes]"


class ReadAhead:
    """Safe to use from several threads."""

    def __init__(self, fetch: Fetch, size: int, budget: int) -> None:
        """`budget` in bytes."""
        self._fetch = fetch
        self._size = size
        self._budget = budget
        self._group_bytes = min(_LARGEST_GROUP, budget // _FEWEST_GROUPS)
        # A reader so many groups further on will not come back for what it left out.
        self._groups_behind = budget // max(self._group_bytes, 1) // 2
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "read ahead")
        self._plan: Iterator[Range] = iter(())
        self._requests_by_part: dict[int, _Request] = {}
        self._requests: list[_Request] = []
        self._held = 0
        self._group = 0

    def plan(self, ranges: Iterable[Range]) -> None:
        """Replaces the plan before it; what that one has fetched stays for who asks for it."""
        with self._lock:
            self._plan = iter(ranges)
            self._fill()

    def take(self, offset: int, length: int) -> bytes | None:
        """A part of the plan; None if it is not, or was taken before."""
        with self._lock:
            request = self._requests_by_part.get(offset)
            if request is None or request.parts[offset] < length:
                return None
            data = request.data
            self._forget(request, [offset])
            self._leave_behind(request.group)
            self._fill()
        start = offset - request.offset
        return data.result()[start : start + length]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self, request: _Request, parts: Iterable[int]) -> None:
        for offset in parts:
            del request.parts[offset]
            del self._requests_by_part[offset]
        if not request.parts:
            self._held -= request.length
            self._requests.remove(request)

    def _leave_behind(self, group: int) -> None:
        """Let go of what was left out long ago."""
        while self._requests and self._requests[0].group < group - self._groups_behind:
            self._forget(self._requests[0], list(self._requests[0].parts))

    def _fill(self) -> None:
        while self._held < self._budget and (group := self._next_group()):
            self._group += 1
            for parts in _together(group):
                self._request(parts)

    def _request(self, parts: list[Range]) -> None:
        start = parts[0][0]
        length = max(offset + length for offset, length in parts) - start
        data = self._pool.submit(self._fetch, start, length)
        request = _Request(start, length, self._group, dict(parts), data)
        self._requests.append(request)
        self._held += length
        self._requests_by_part.update(dict.fromkeys(request.parts, request))

    def _next_group(self) -> list[Range]:
        """The next parts of the plan, in the order of the object."""
        group: dict[int, int] = {}
        total = 0
        for offset, length in self._plan:
            length = min(length, self._size - offset)
            if length <= 0 or offset in self._requests_by_part or offset in group:
                continue
            group[offset] = length
            total += length
            if total >= self._group_bytes:
                break
        return sorted(group.items())


def _together(group: list[Range]) -> Iterator[list[Range]]:
    """Parts that are fetched by one request each; `group` is in the order of the object."""
    parts: list[Range] = []
    wanted = 0
    for offset, length in group:
        extent = offset + length - parts[0][0] if parts else 0
        if parts and extent > min(_LARGEST, (wanted + length) * (1 + _IN_VAIN)):
            yield parts
            parts, wanted = [], 0
        parts.append((offset, length))
        wanted += length
    if parts:
        yield parts
