"""LRU cache of blocks of an object, for reads outside of the plan."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

Fetch = Callable[[int, int], bytes]

# In bytes: the largest page size; larger blocks would hold more bytes that no read needs
BLOCK = 32 << 10
# Maximum number of blocks that are fetched ahead of a sequential reader
_MAX_AHEAD = 32


class BlockCache:
    """LRU cache of the blocks of one object. Safe to use from several threads: a block is fetched
    by one thread, and others wait for it."""

    def __init__(self, fetch: Fetch, size: int, budget: int) -> None:
        """`size` of the object and `budget` are in bytes."""
        self._fetch = fetch
        self._size = size
        self._max_blocks = max(budget // BLOCK, 2 * _MAX_AHEAD)
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._blocks_per_read = 1

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        first, last = offset // BLOCK, (end - 1) // BLOCK
        with self._lock:
            requests = self._reserve_missing(first, last)
            futures = self._use(first, last)
        self._fetch_all(requests)
        data = b"".join(future.result() for future in futures)
        return data[offset - first * BLOCK : end - first * BLOCK]

    def _reserve_missing(self, first: int, last: int) -> "list[_BlockRequest]":
        """Reserve the missing blocks, which the caller must fetch; other threads wait for them."""
        if last not in self._blocks:
            last = min(last + self._blocks_ahead(first), (self._size - 1) // BLOCK)
        requests: list[_BlockRequest] = []
        for index in range(first, last + 1):
            if index in self._blocks:
                continue
            if not requests or requests[-1].end != index:
                requests.append(_BlockRequest(index))
            self._blocks[index] = requests[-1].add()
        return requests

    def _blocks_ahead(self, first: int) -> int:
        """The number of blocks to fetch beyond those wanted; it doubles while reads are
        sequential."""
        is_sequential = first - 1 in self._blocks and first not in self._blocks
        self._blocks_per_read = min(2 * self._blocks_per_read, _MAX_AHEAD) if is_sequential else 1
        return self._blocks_per_read - 1

    def _use(self, first: int, last: int) -> "list[Future[bytes]]":
        """The futures of the blocks, which become the most recently used."""
        futures = [self._blocks[index] for index in range(first, last + 1)]
        for index in range(first, last + 1):
            self._blocks.move_to_end(index)
        while len(self._blocks) > self._max_blocks:
            self._blocks.popitem(last=False)
        return futures

    def _fetch_all(self, requests: "list[_BlockRequest]") -> None:
        """Fetch the reserved blocks. Every future is completed, even after an error: other threads
        may wait for it."""
        failure: BaseException | None = None
        for request in requests:
            try:
                if failure is None:
                    request.complete(self._fetch(*request.extent(self._size)))
                    continue
            except BaseException as error:
                failure = error
            self._discard(request)
            request.fail(failure)
        if failure is not None:
            raise failure

    def _discard(self, request: "_BlockRequest") -> None:
        """Forget the blocks of a failed request, so that they can be fetched again."""
        with self._lock:
            for index in range(request.first, request.end):
                self._blocks.pop(index, None)


class _BlockRequest:
    """Consecutive blocks that are fetched by one request."""

    def __init__(self, first: int) -> None:
        self.first = first
        self._futures: list[Future[bytes]] = []

    @property
    def end(self) -> int:
        return self.first + len(self._futures)

    def add(self) -> "Future[bytes]":
        self._futures.append(Future())
        return self._futures[-1]

    def extent(self, size: int) -> tuple[int, int]:
        """Offset and length in an object of `size` bytes."""
        offset = self.first * BLOCK
        return offset, min(len(self._futures) * BLOCK, size - offset)

    def complete(self, data: bytes) -> None:
        for index, future in enumerate(self._futures):
            future.set_result(data[index * BLOCK : (index + 1) * BLOCK])

    def fail(self, error: BaseException) -> None:
        for future in self._futures:
            future.set_exception(error)
