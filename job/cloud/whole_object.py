"""An object that fits in memory: fetched once, in order, by several requests at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

Fetch = Callable[[int, int], bytes]

_BLOCK = 8 << 20
_THREADS = 4


class WholeObject:
    """Reading waits for what it needs, and fetches itself what nobody has begun to fetch."""

    def __init__(self, fetch: Fetch, size: int, block: int = _BLOCK) -> None:
        self._fetch = fetch
        self._size = size
        self._block = block
        self._bytes = bytearray(size)
        self._taking_over = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        starts = range(0, size, block)
        self._fetched = [self._pool.submit(self._fetch_block, start) for start in starts]

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        for number in range(offset // self._block, (end - 1) // self._block + 1):
            self._wait_for(number)
        return bytes(memoryview(self._bytes)[offset:end])

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait_for(self, number: int) -> None:
        if self._fetched[number].done():
            self._fetched[number].result()
            return
        with self._taking_over:
            is_mine = self._fetched[number].cancel()
            if is_mine:
                self._fetched[number] = mine = Future[None]()
        if is_mine:
            _complete(mine, lambda: self._fetch_block(number * self._block))
        self._fetched[number].result()

    def _fetch_block(self, start: int) -> None:
        length = min(self._block, self._size - start)
        self._bytes[start : start + length] = self._fetch(start, length)


def _complete(future: "Future[None]", work: Callable[[], None]) -> None:
    try:
        work()
        future.set_result(None)
    except BaseException as error:
        future.set_exception(error)
