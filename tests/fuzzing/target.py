"""A fuzz target: a function of any bytes that returns, or raises an exception for a bug."""

from collections.abc import Callable
from typing import NamedTuple

# Changes an input. The arguments are the input, its maximal length in bytes, a seed, and the
# mutator of libFuzzer
Mutator = Callable[[bytes, int, int, Callable[[bytes, int], bytes]], bytes]


class Target(NamedTuple):
    """`check` returns for every input that is handled correctly; any exception is a finding.

    `seeds` are the first inputs, none longer than `max_length` bytes. Without `mutate`, libFuzzer's
    own mutator changes the inputs.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    max_length: int
    mutate: Mutator | None = None
