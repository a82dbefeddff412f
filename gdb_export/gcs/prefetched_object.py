"""An object that fits in memory: fetched once, in order, by several requests at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

Fetch = Callable[[int, int], bytes]

_BLOCK = 8 << 20
_THREADS = 4


class PrefetchedObject:
    """Reading waits for what it needs, and fetches itself what nobody has begun to fetch."""

    def __init__(self, fetch: Fetch, size: int, block: int = _BLOCK) -> None:
        self._fetch = fetch
        self._size = size
        self._block = block
        self._taking_over = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        count = -(-size // block)
        self._fetched = [self._pool.submit(self._fetch_block, number) for number in range(count)]

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        parts = [
            self._wait_for(start // self._block)[max(offset - start, 0) : end - start]
            for start in range(offset - offset % self._block, end, self._block)
        ]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait_for(self, number: int) -> bytes:
        if self._fetched[number].done():
            return self._fetched[number].result()
        with self._taking_over:
            is_mine = self._fetched[number].cancel()
            if is_mine:
                self._fetched[number] = mine = Future[bytes]()
        if is_mine:
            _complete(mine, lambda: self._fetch_block(number))
        return self._fetched[number].result()

    def _fetch_block(self, number: int) -> bytes:
        start = number * self._block
        return self._fetch(start, min(self._block, self._size - start))


def _complete(future: "Future[bytes]", work: Callable[[], bytes]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
