"""Where an upload's way can break: the points of the sequence, in its order, and what must come.

The calls of a quiet run: the event's delivery; the function creates the document, runs the job,
writes the execution's name; the job reads and claims the document, looks at the source, downloads
it, looks for a place for the ZIP, uploads it in pieces, reports, finishes the document.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gdb_export.contract.results import ErrorCode
from local.faults import Fault, FaultRule

LATE = Fault("slow", seconds=1.0)
PASSING = {
    "answers 500": Fault("status", status=500),
    "answers 503": Fault("status", status=503),
    "answers 429": Fault("status", status=429),
    "is late": LATE,
    "is cut before": Fault("cut before"),
    "is cut after": Fault("cut after"),
}
KILLS = {"is killed before": Fault("kill before"), "is killed after": Fault("kill after")}
FUNCTION_KILLS = {
    "kills the function before": Fault("kill before", victim="function"),
    "kills the function after": Fault("kill after", victim="function"),
}
CUT_WITHIN = {"is cut within": Fault("cut during")}
EVENTS = {
    "is late": LATE,
    "is lost": Fault("cut before"),
    "is answered in vain": Fault("cut after"),
    "comes twice": Fault("copies", copies=2),
    "comes ten times": Fault("copies", copies=10),
}
# (what happens, operation, calls of it before, faults)
SEQUENCE: list[tuple[str, str, int, dict[str, Fault]]] = [
    ("the event", "events.deliver", 0, EVENTS),
    ("creating the document", "firestore.Commit", 0, PASSING | FUNCTION_KILLS),
    ("running the job", "jobs.run", 0, PASSING | FUNCTION_KILLS),
    ("reading the document", "firestore.BatchGetDocuments", 0, PASSING | KILLS),
    ("naming or claiming", "firestore.Commit", 1, PASSING | KILLS | FUNCTION_KILLS),
    ("claiming or naming", "firestore.Commit", 2, PASSING | KILLS),
    ("looking at the source", "objects.get", 0, PASSING | KILLS),
    ("reading the source", "objects.media", 0, PASSING | KILLS | CUT_WITHIN),
    ("finding a place", "objects.get", 1, PASSING | KILLS),
    ("beginning the upload", "uploads.start", 0, PASSING | KILLS),
    ("the upload's first piece", "uploads.put", 0, PASSING | KILLS | CUT_WITHIN),
    ("the upload's third piece", "uploads.put", 2, PASSING | KILLS | CUT_WITHIN),
    ("the upload's last piece", "uploads.put", 4, PASSING | KILLS | CUT_WITHIN),
    ("the first report", "firestore.Commit", 3, PASSING | KILLS),
    ("the next report", "firestore.Commit", 4, PASSING | KILLS),
    ("the last writes", "firestore.Commit", 5, PASSING | KILLS),
]
# The same for an export of several tasks, whose calls mingle
SEVERAL_TASKS: list[tuple[str, str, int, dict[str, Fault]]] = [
    ("beginning a part", "uploads.start", 2, PASSING | KILLS),
    ("writing a part", "uploads.put", 3, PASSING | KILLS | CUT_WITHIN),
    ("a task's report", "firestore.Commit", 7, PASSING | KILLS),
    ("looking for parts", "objects.list", 0, PASSING | KILLS),
    ("composing the ZIP", "objects.compose", 0, PASSING | KILLS),
    ("removing a part", "objects.delete", 1, PASSING | KILLS),
]


@dataclass(frozen=True, slots=True)
class Interruption:
    """Somebody stops the run: in the document, or the execution in Cloud Run (SIGTERM)."""

    where: Literal["document", "execution"]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults of one run. `errors` are the codes that it may end with, None for a ZIP."""

    name: str
    rules: tuple[FaultRule, ...]
    errors: tuple[ErrorCode | None, ...] = (None,)
    is_random: bool = False
    interruption: Interruption | None = None


def plans() -> list[Plan]:
    """Every fault at every point, then those that no retry mends."""
    return [*_each_fault(SEQUENCE), *_passing_plans(), *_lasting_plans()]


def plans_of_several_tasks() -> list[Plan]:
    killed = FaultRule("tasks.attempt", Fault("kill", seconds=0.8))
    return [*_each_fault(SEVERAL_TASKS), Plan("one of the tasks is killed", (killed,))]


def _each_fault(sequence: list[tuple[str, str, int, dict[str, Fault]]]) -> Iterator[Plan]:
    for place, operation, skip, faults in sequence:
        for what, fault in faults.items():
            yield Plan(f"{place} {what}", (FaultRule(operation, fault, skip),))


def _passing_plans() -> Iterator[Plan]:
    for seconds in (0.1, 0.6, 1.0, 1.4):
        rule = FaultRule("tasks.attempt", Fault("kill", seconds=seconds))
        yield Plan(f"the task is killed after {seconds} s", (rule,))
    for operation in ("firestore.*", "uploads.*", "objects.*"):
        rule = FaultRule(operation, Fault("status", status=503), skip=1, times=4)
        yield Plan(f"{operation} answers 503 four times", (rule,))
    yield Plan("the name is taken", (FaultRule("uploads.start", Fault("status", status=412)),))


def _lasting_plans() -> Iterator[Plan]:
    denied = Fault("status", status=403)
    for place, operation, code in (
        ("running the job", "jobs.run", ErrorCode.START_REFUSED),
        ("looking at the source", "objects.get", ErrorCode.ACCESS_DENIED),
        ("beginning the upload", "uploads.start", ErrorCode.ACCESS_DENIED),
    ):
        rule = FaultRule(operation, denied, times=None)
        yield Plan(f"{place} is denied", (rule,), (code,))
    killed = FaultRule("tasks.attempt", Fault("kill", seconds=0.3), times=None)
    yield Plan("every attempt is killed", (killed,), (ErrorCode.GAVE_UP,))
    unread = FaultRule("firestore.BatchGetDocuments", Fault("status", status=429), times=4)
    yield Plan("no attempt can read the document", (unread,), (ErrorCode.GAVE_UP,))


def evenly(every: list[Plan], wanted: int) -> list[Plan]:
    """So many of them from all along the way, or all."""
    if wanted >= len(every):
        return every
    return [every[index * len(every) // wanted] for index in range(wanted)]


def random_plan(seed: int) -> Plan:
    """Two to four faults at once, each at a random call of a random operation."""
    chance = random.Random(seed)
    rules = []
    for _ in range(chance.randint(2, 4)):
        _, operation, skip, faults = chance.choice(SEQUENCE)
        fault = chance.choice(list(faults.values()))
        rules.append(FaultRule(operation, fault, skip + chance.randint(0, 2)))
    # Four attempts may all be hit, and then there is no ZIP, but words.
    return Plan(f"seed {seed}", tuple(rules), (None, ErrorCode.GAVE_UP), is_random=True)


def interrupted_plan(seed: int) -> Plan:
    """A run that is stopped at a random moment, with a fault besides: it may be too late."""
    chance = random.Random(seed)
    fault = random_plan(seed).rules[:1]
    where: Literal["document", "execution"] = "document" if seed % 2 else "execution"
    interruption = Interruption(where, chance.uniform(0.0, 2.5))
    errors = (None, ErrorCode.CANCELLED)
    name = f"stopped in the {where} after {interruption.seconds:.1f} s, seed {seed}"
    return Plan(name, fault, errors, is_random=True, interruption=interruption)
