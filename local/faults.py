"""Faults on demand: which call goes wrong, and how. Same seed and calls, same faults."""

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
    "cut during",  # close it in the middle of the request's or the answer's body
    "cut after",  # do the work and close the connection: the answer is lost, the effect is not
    "copies",  # deliver an event `copies` times at once
    "kill",  # SIGKILL a task `seconds` after its start
    "kill before",  # SIGKILL the victim when the call comes, and do nothing
    "kill after",  # do the work, SIGKILL the victim, do not answer
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. `status` is an HTTP status, `seconds` a delay; all tasks that run are one
    victim, the function's worker is the other."""

    kind: Kind
    status: int = 503
    seconds: float = 0.0
    copies: int = 2
    victim: Literal["tasks", "function"] = "tasks"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """`operation` is a pattern of operation names (`uploads.*`). The first `skip` calls that match
    go well, the next `times` (None: all) go wrong with `probability`."""

    operation: str
    fault: Fault
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0


class Faults:
    """Rules, and the faults that they have caused so far as (operation, fault). Who runs a victim
    puts what SIGKILLs it into `killers`."""

    def __init__(self, seed: int = 0) -> None:
        self.killers: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._rules: list[FaultRule] = []
        self._calls: list[int] = []
        self.caused: list[tuple[str, Fault]] = []

    def add(self, rule: FaultRule) -> None:
        with self._lock:
            self._rules.append(rule)
            self._calls.append(0)

    def clear(self, seed: int = 0) -> None:
        with self._lock:
            self._random = random.Random(seed)
            self._rules.clear()
            self._calls.clear()
            self.caused.clear()

    def decide(self, operation: str) -> Fault | None:
        """The fault of this call of `operation`, or None if it may go well."""
        with self._lock:
            chosen = None
            for index, rule in enumerate(self._rules):
                if fnmatchcase(operation, rule.operation) and self._strikes(index, rule):
                    chosen = chosen or rule.fault
            if chosen:
                self.caused.append((operation, chosen))
            return chosen

    def kill(self, fault: Fault) -> None:
        if killer := self.killers.get(fault.victim):
            killer()

    def _strikes(self, index: int, rule: FaultRule) -> bool:
        call = self._calls[index]
        self._calls[index] += 1
        due = call >= rule.skip and (rule.times is None or call < rule.skip + rule.times)
        return due and self._random.random() < rule.probability
