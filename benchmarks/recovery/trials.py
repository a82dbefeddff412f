"""Damages databases, reads them and sums up what came back."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.recovery.comparison import Outcome, Rows, compare
from benchmarks.recovery.damage_kinds import Damaged, damaged
from benchmarks.recovery.peer import Peer
from benchmarks.recovery.reading import ReadRows
from benchmarks.recovery.subjects import Subject

_MAX_EXAMPLES = 3  # of wrong rows, for each database and kind of damage


@dataclass
class Trial:
    """All databases of an ODS with one kind of damage.

    `alone`: the reader without help; `with_copy`: with the definitions of another copy of the
    database (--schema-from); `engine`: the engine's repair, with fewer seeds; `at_engine`: the
    reader with a copy, on the same files as the engine. `wrong` has examples of the reader's wrong
    rows, with the seed and the database.
    """

    ods: str
    kind: str
    alone: Outcome = field(default_factory=Outcome)
    with_copy: Outcome = field(default_factory=Outcome)
    engine: Outcome = field(default_factory=Outcome)
    at_engine: Outcome = field(default_factory=Outcome)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Trial") -> None:
        """Add the numbers of another database."""
        self.alone.add(other.alone)
        self.with_copy.add(other.with_copy)
        self.engine.add(other.engine)
        self.at_engine.add(other.at_engine)
        self.wrong += other.wrong


class Task(NamedTuple):
    """One database with one kind of damage and some seeds. `path` is the undamaged file; the engine
    repairs the copies with the seeds below `engine_seeds`."""

    ods: str
    kind: str
    path: Path
    seeds: Sequence[int]
    engine_seeds: int
    peer: Peer | None


def run_trials(tasks: Sequence[Task], processes: int) -> list[Trial]:
    """The trials of all tasks, summed over databases; progress and wrong rows are printed."""
    trials: dict[tuple[str, str], Trial] = {}
    with ProcessPoolExecutor(processes) as pool:
        for task, trial in zip(tasks, pool.map(_run_task, tasks), strict=True):
            known = trials.setdefault((trial.ods, trial.kind), Trial(trial.ods, trial.kind))
            known.add(trial)
            line = f"{task.path.name} of ODS {trial.ods}, {trial.kind}: {trial.alone.wrong} wrong"
            print(line, *trial.wrong[:_MAX_EXAMPLES], sep="\n   ", flush=True)
    return list(trials.values())


@lru_cache(maxsize=1)
def _subject(path: Path) -> Subject:
    return Subject(path)


def _run_task(task: Task) -> Trial:
    """Damage the database with each seed."""
    trial, subject = Trial(task.ods, task.kind), _subject(task.path)
    for seed in task.seeds:
        file = damaged(subject.data, subject.page_size, task.kind, seed)
        peer = task.peer if seed < task.engine_seeds else None
        _run(trial, subject, seed, file, peer)
    return trial


def _run(trial: Trial, subject: Subject, seed: int, file: Damaged, peer: Peer | None) -> None:
    data, intact = bytes(file.data), subject.intact(file)
    alone, wrong = _outcome(subject, intact, subject.read(data))
    trial.alone.add(alone)
    with_copy = alone
    if alone.recovered < alone.intact:
        given = subject.read(data, subject.data)
        with_copy, wrong_with_copy = _outcome(subject, intact, given)
        wrong += wrong_with_copy
    trial.with_copy.add(with_copy)
    trial.wrong += [f"{subject.name} seed {seed}: {table} {row}" for table, row in wrong[:3]]
    if peer is not None:
        outcome, _ = _outcome(subject, intact, peer.repaired_rows(data))
        trial.engine.add(outcome)
        trial.at_engine.add(with_copy)


def _outcome(
    subject: Subject, intact: Rows, given: ReadRows
) -> tuple[Outcome, list[tuple[str, tuple[str, ...]]]]:
    outcome, wrong = compare(
        subject.rows, intact, subject.unfinished, given.tables, given.lost_columns
    )
    outcome.refused = bool(given.refusal)
    return outcome, wrong
