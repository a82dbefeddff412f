"""An object that fits in memory: fetched once, from its start to its end, by several requests at
a time."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

Fetch = Callable[[int, int], bytes]

_BLOCK_BYTES = 8 << 20
_THREADS = 4


class PrefetchedObject:
    """The bytes of one object. Safe to use from several threads. A read waits for blocks that are
    being fetched, and fetches the other blocks itself."""

    coalescing_window = 0

    def __init__(self, fetch: Fetch, size: int, block_bytes: int = _BLOCK_BYTES) -> None:
        self._fetch = fetch
        self._size = size
        self._block_bytes = block_bytes
        self._takeover = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        count = -(-size // block_bytes)
        self._blocks = [self._pool.submit(self._fetch_block, index) for index in range(count)]

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        parts = [
            self._wait_for(start // self._block_bytes)[max(offset - start, 0) : end - start]
            for start in range(offset - offset % self._block_bytes, end, self._block_bytes)
        ]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Does nothing: the whole object is being fetched."""

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait_for(self, index: int) -> bytes:
        if self._blocks[index].done():
            return self._blocks[index].result()
        with self._takeover:
            is_taken_over = self._blocks[index].cancel()
            if is_taken_over:
                self._blocks[index] = future = Future[bytes]()
        if is_taken_over:
            _complete(future, lambda: self._fetch_block(index))
        return self._blocks[index].result()

    def _fetch_block(self, index: int) -> bytes:
        start = index * self._block_bytes
        return self._fetch(start, min(self._block_bytes, self._size - start))


def _complete(future: "Future[bytes]", work: Callable[[], bytes]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
