"""Repeats a compare-and-set write of a document that several tasks write at the same time."""

import random
import time
from collections.abc import Iterator

_TRIES = 14
# In seconds; the first delay is doubled after each try.
_FIRST_DELAY = 0.05
_MAX_DELAY = 1.5


class DocumentContended(Exception):
    """Other tasks changed the document before each try of a write. Another attempt may succeed."""


def tries(action: str) -> Iterator[int]:
    """Yield the indexes of the tries, with a random, growing delay before each repetition.

    The delay is random because writers that collided once would collide again after equal delays.
    Raises DocumentContended after the last try; `action` completes its message.
    """
    for index in range(_TRIES):
        if index:
            time.sleep(random.uniform(0.5, 1) * min(_MAX_DELAY, _FIRST_DELAY * 2 ** (index - 1)))
        yield index
    raise DocumentContended(f"the document changes faster than it can be {action}")
