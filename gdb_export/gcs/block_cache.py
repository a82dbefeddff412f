"""Parts of an object that are read by chance: blocks, of which the least recently read go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

Fetch = Callable[[int, int], bytes]

# Larger than any page, and little to have fetched in vain.
BLOCK = 32 << 10
# How far to fetch ahead of a reader who goes on where the last block ended.
_LONGEST_RUN = 32


class BlockCache:
    """Safe to use from several threads; what one of them fetches the others wait for."""

    def __init__(self, fetch: Fetch, size: int, budget: int) -> None:
        """`budget` in bytes."""
        self._fetch = fetch
        self._size = size
        self._most = max(budget // BLOCK, 2 * _LONGEST_RUN)
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._run = 1

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        first, last = offset // BLOCK, (end - 1) // BLOCK
        with self._lock:
            runs = self._begin(first, last)
            futures = self._use(first, last)
        self._fetch_runs(runs)
        data = b"".join(future.result() for future in futures)
        return data[offset - first * BLOCK : end - first * BLOCK]

    def _begin(self, first: int, last: int) -> "list[_Run]":
        """What is missing, which the caller is to fetch; others wait for it."""
        if last not in self._blocks:
            last = min(last + self._ahead(first), (self._size - 1) // BLOCK)
        runs: list[_Run] = []
        for number in range(first, last + 1):
            if number in self._blocks:
                continue
            if not runs or runs[-1].end != number:
                runs.append(_Run(number))
            self._blocks[number] = runs[-1].add()
        return runs

    def _ahead(self, first: int) -> int:
        """Blocks to fetch beyond the wanted ones: more and more as long as reading goes on."""
        goes_on = first - 1 in self._blocks and first not in self._blocks
        self._run = min(2 * self._run, _LONGEST_RUN) if goes_on else 1
        return self._run - 1

    def _use(self, first: int, last: int) -> "list[Future[bytes]]":
        futures = [self._blocks[number] for number in range(first, last + 1)]
        for number in range(first, last + 1):
            self._blocks.move_to_end(number)
        while len(self._blocks) > self._most:
            self._blocks.popitem(last=False)
        return futures

    def _fetch_runs(self, runs: "list[_Run]") -> None:
        """Each future is settled, whatever happens, as others may wait for it."""
        failure: BaseException | None = None
        for run in runs:
            try:
                if failure is None:
                    run.settle(self._fetch(*run.extent(self._size)))
                    continue
            except BaseException as error:
                failure = error
            self._forget(run)
            run.fail(failure)
        if failure is not None:
            raise failure

    def _forget(self, run: "_Run") -> None:
        """What could not be fetched may be tried again."""
        with self._lock:
            for number in range(run.first, run.end):
                self._blocks.pop(number, None)


class _Run:
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

    def settle(self, data: bytes) -> None:
        for place, future in enumerate(self._futures):
            future.set_result(data[place * BLOCK : (place + 1) * BLOCK])

    def fail(self, error: BaseException) -> None:
        for future in self._futures:
            future.set_exception(error)
