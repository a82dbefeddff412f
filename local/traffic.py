"""Counts the responses of a server, for tests and benchmarks of the number of requests."""

import threading
from collections import Counter


class Traffic:
    """Responses and the bytes of their bodies, by operation. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._responses: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def add(self, operation: str, length: int) -> None:
        with self._lock:
            self._responses[operation] += 1
            self._bytes[operation] += length

    def responses(self, operation: str) -> int:
        return self._responses[operation]

    def bytes(self, operation: str) -> int:
        return self._bytes[operation]

    def clear(self) -> None:
        with self._lock:
            self._responses.clear()
            self._bytes.clear()
