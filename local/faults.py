"""Fault injection: decides which calls fail, and how. Deterministic for a seed and its calls."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

Kind = Literal[
    "status",  # answer `status` and do nothing
    "slow",  # wait `seconds`, then do the work
    "cut before",  # close the connection and do nothing
    "cut during",  # close it in the middle of the request's or the response's body
    "cut after",  # do the work, then close the connection without a response
    "copies",  # deliver an event `copies` times concurrently
    "kill",  # SIGKILL a task `seconds` after its start
    "kill before",  # SIGKILL the victim when the call arrives, and do nothing
    "kill after",  # do the work, SIGKILL the victim, send no response
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of a call. `status` is an HTTP status, `seconds` a delay.

    `reason` is that of an error of BigQuery, `message` the text of an error. `victim` names the
    processes that a kill ends: all running tasks, or the function's worker.
    """

    kind: Kind
    status: int = 503
    seconds: float = 0.0
    copies: int = 2
    victim: Literal["tasks", "function"] = "tasks"
    reason: str = ""
    message: str = "injected fault"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault of the calls whose operation matches the pattern `operation` (`uploads.*`).

    The first `skip` matching calls succeed; the next `times` (None: all) fail with `probability`.
    """

    operation: str
    fault: Fault
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0


class Faults:
    """Rules; `injected` lists the faults that they have injected so far as (operation, fault).

    `killers` holds, for each victim, a function that ends it by SIGKILL.
    """

    def __init__(self, seed: int = 0) -> None:
        self.killers: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._rules: list[FaultRule] = []
        self._calls: list[int] = []
        self.injected: list[tuple[str, Fault]] = []

    def add(self, rule: FaultRule) -> None:
        with self._lock:
            self._rules.append(rule)
            self._calls.append(0)

    def clear(self, seed: int = 0) -> None:
        with self._lock:
            self._random = random.Random(seed)
            self._rules.clear()
            self._calls.clear()
            self.injected.clear()

    def decide(self, operation: str) -> Fault | None:
        """The fault of this call of `operation`; None if it succeeds."""
        with self._lock:
            chosen = None
            for index, rule in enumerate(self._rules):
                if fnmatchcase(operation, rule.operation) and self._applies(index, rule):
                    chosen = chosen or rule.fault
            if chosen:
                self.injected.append((operation, chosen))
            return chosen

    def kill(self, fault: Fault) -> None:
        if killer := self.killers.get(fault.victim):
            killer()

    def _applies(self, index: int, rule: FaultRule) -> bool:
        call = self._calls[index]
        self._calls[index] += 1
        due = call >= rule.skip and (rule.times is None or call < rule.skip + rule.times)
        return due and self._random.random() < rule.probability
