"""Plans of faults: at which call of an export a fault occurs, and which outcomes are allowed.

The calls of a run without faults: the event is delivered; the function creates the document, runs
the job and writes the execution's name; the job reads and claims the document, reads the source's
metadata and bytes, finds a free name for the ZIP, uploads it in chunks, reports progress and
finalises the document.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gdb_export.contract.results import ErrorCode
from local.faults import Fault, FaultRule

SLOW = Fault("slow", seconds=1.0)
TRANSIENT = {
    "answers 500": Fault("status", status=500),
    "answers 503": Fault("status", status=503),
    "answers 429": Fault("status", status=429),
    "is slow": SLOW,
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
    "is slow": SLOW,
    "is lost": Fault("cut before"),
    "loses its answer": Fault("cut after"),
    "comes twice": Fault("copies", copies=2),
    "comes ten times": Fault("copies", copies=10),
}
# (step, operation, number of calls of the operation before it, faults). The function writes the
# execution's name ("naming") while the job claims the document ("claiming"): either may come first
SEQUENCE: list[tuple[str, str, int, dict[str, Fault]]] = [
    ("the event", "events.deliver", 0, EVENTS),
    ("creating the document", "firestore.Commit", 0, TRANSIENT | FUNCTION_KILLS),
    ("running the job", "jobs.run", 0, TRANSIENT | FUNCTION_KILLS),
    ("reading the document", "firestore.BatchGetDocuments", 0, TRANSIENT | KILLS),
    ("naming or claiming", "firestore.Commit", 1, TRANSIENT | KILLS | FUNCTION_KILLS),
    ("claiming or naming", "firestore.Commit", 2, TRANSIENT | KILLS),
    ("reading the source's metadata", "objects.get", 0, TRANSIENT | KILLS),
    ("reading the source", "objects.media", 0, TRANSIENT | KILLS | CUT_WITHIN),
    ("finding a free name", "objects.get", 1, TRANSIENT | KILLS),
    ("starting the upload", "uploads.start", 0, TRANSIENT | KILLS),
    ("the upload's first chunk", "uploads.put", 0, TRANSIENT | KILLS | CUT_WITHIN),
    ("the upload's third chunk", "uploads.put", 2, TRANSIENT | KILLS | CUT_WITHIN),
    ("the upload's last chunk", "uploads.put", 4, TRANSIENT | KILLS | CUT_WITHIN),
    ("the first report", "firestore.Commit", 3, TRANSIENT | KILLS),
    ("the next report", "firestore.Commit", 4, TRANSIENT | KILLS),
    ("the last writes", "firestore.Commit", 5, TRANSIENT | KILLS),
]
# As SEQUENCE, for an export by several tasks, whose calls are interleaved
SEVERAL_TASKS: list[tuple[str, str, int, dict[str, Fault]]] = [
    ("starting a part", "uploads.start", 2, TRANSIENT | KILLS),
    ("writing a part", "uploads.put", 3, TRANSIENT | KILLS | CUT_WITHIN),
    ("a task's report", "firestore.Commit", 7, TRANSIENT | KILLS),
    ("listing the parts", "objects.list", 0, TRANSIENT | KILLS),
    ("composing the ZIP", "objects.compose", 0, TRANSIENT | KILLS),
    ("removing a part", "objects.delete", 1, TRANSIENT | KILLS),
]


@dataclass(frozen=True, slots=True)
class Interruption:
    """A stop `seconds` after the upload: a cancel request in the document, or SIGTERM from the
    cancelled execution."""

    where: Literal["document", "execution"]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults of one run. `errors` are the allowed error codes; None allows a ZIP.

    The faults of a random plan need not occur.
    """

    name: str
    rules: tuple[FaultRule, ...]
    errors: tuple[ErrorCode | None, ...] = (None,)
    is_random: bool = False
    interruption: Interruption | None = None


def plans() -> list[Plan]:
    """Return every fault at every step, then those that an execution does not overcome."""
    single = [*_each_fault(SEQUENCE), *_transient_plans()]
    return [*single, *_plans_of_late_grants(), *_permanent_plans()]


def plans_of_several_tasks() -> list[Plan]:
    killed = FaultRule("tasks.attempt", Fault("kill", seconds=0.8))
    return [*_each_fault(SEVERAL_TASKS), Plan("one of the tasks is killed", (killed,))]


def _each_fault(sequence: list[tuple[str, str, int, dict[str, Fault]]]) -> Iterator[Plan]:
    for step, operation, skip, faults in sequence:
        for effect, fault in faults.items():
            yield Plan(f"{step} {effect}", (FaultRule(operation, fault, skip),))


def _transient_plans() -> Iterator[Plan]:
    for seconds in (0.1, 0.6, 1.0, 1.4):
        rule = FaultRule("tasks.attempt", Fault("kill", seconds=seconds))
        yield Plan(f"the task is killed after {seconds} s", (rule,))
    for operation in ("firestore.*", "uploads.*", "objects.*"):
        rule = FaultRule(operation, Fault("status", status=503), skip=1, times=4)
        yield Plan(f"{operation} answers 503 four times", (rule,))
    for status in (400, 403, 404, 429):
        rule = FaultRule("jobs.run", Fault("status", status=status), times=3)
        yield Plan(f"running the job is refused with {status} three times", (rule,))
    yield Plan("the name is taken", (FaultRule("uploads.start", Fault("status", status=412)),))


def _plans_of_late_grants() -> Iterator[Plan]:
    """A whole execution is denied access; the one that the sweep starts after it has access."""
    attempts = 4
    for step, operation, status in (
        ("reading the source's metadata", "objects.get", 403),
        ("starting the upload", "uploads.start", 403),
        ("reading the document", "firestore.BatchGetDocuments", 403),
        ("reading the document, too often,", "firestore.BatchGetDocuments", 429),
    ):
        rule = FaultRule(operation, Fault("status", status=status), times=attempts)
        yield Plan(f"{step} is refused to every attempt", (rule,))


def _permanent_plans() -> Iterator[Plan]:
    killed = FaultRule("tasks.attempt", Fault("kill", seconds=0.3), times=None)
    yield Plan("every attempt is killed", (killed,), (ErrorCode.GAVE_UP,))


def evenly(plans: list[Plan], count: int) -> list[Plan]:
    """Return `count` plans at even distances, or all if there are fewer."""
    if count >= len(plans):
        return plans
    return [plans[index * len(plans) // count] for index in range(count)]


def random_plan(seed: int) -> Plan:
    """Return a plan of two to four faults, each at a random call of a random operation."""
    generator = random.Random(seed)
    rules = []
    for _ in range(generator.randint(2, 4)):
        _, operation, skip, faults = generator.choice(SEQUENCE)
        fault = generator.choice(list(faults.values()))
        rules.append(FaultRule(operation, fault, skip + generator.randint(0, 2)))
    # the faults may end all four attempts, so a failure is allowed too
    return Plan(f"seed {seed}", tuple(rules), (None, ErrorCode.GAVE_UP), is_random=True)


def interrupted_plan(seed: int) -> Plan:
    """Return a plan with one fault and a stop at a random time, which may be too late."""
    generator = random.Random(seed)
    fault = random_plan(seed).rules[:1]
    where: Literal["document", "execution"] = "document" if seed % 2 else "execution"
    interruption = Interruption(where, generator.uniform(0.0, 2.5))
    errors = (None, ErrorCode.CANCELLED)
    name = f"stopped in the {where} after {interruption.seconds:.1f} s, seed {seed}"
    return Plan(name, fault, errors, is_random=True, interruption=interruption)
