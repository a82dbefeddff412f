"""What a server has answered: for tests and benchmarks of how little is asked of it."""

import threading
from collections import Counter


class Traffic:
    """Answers and the bytes of their bodies, by operation. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def add(self, operation: str, length: int) -> None:
        with self._lock:
            self._answers[operation] += 1
            self._bytes[operation] += length

    def answers(self, operation: str) -> int:
        return self._answers[operation]

    def bytes(self, operation: str) -> int:
        return self._bytes[operation]

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()
            self._bytes.clear()
