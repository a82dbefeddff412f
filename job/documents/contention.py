"""Repeats a compare-and-set write of a document that several tasks write at the same time."""

import random
import time
from collections.abc import Iterator

_TRIES = 14
_FIRST_DELAY = 0.05  # seconds, doubled after each try
_MAX_DELAY = 1.5


class DocumentContended(Exception):
    """Other tasks changed the document before each try of a write. Another attempt may succeed."""


def tries(action: str) -> Iterator[int]:
    """Yield the numbers of the tries, with a random, growing delay before each repetition.

    The delay is random because writers that collided once would collide again after equal delays.
    Raises DocumentContended after the last try; `action` completes its message.
    """
    for number in range(_TRIES):
        if number:
            time.sleep(random.uniform(0.5, 1) * min(_MAX_DELAY, _FIRST_DELAY * 2 ** (number - 1)))
        yield number
    raise DocumentContended(f"the document changes faster than it can be {action}")
