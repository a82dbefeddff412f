"""Damages databases, reads them and sums up what came back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.recovery.comparison import Outcome, compare
from benchmarks.recovery.damage_kinds import DAMAGES, Damaged, damaged
from benchmarks.recovery.peer import PEER_ODS, repaired_rows
from benchmarks.recovery.reading import ReadRows, read_rows
from benchmarks.recovery.subjects import Subject


@dataclass
class Trial:
    """All databases of an ODS with one kind of damage.

    `alone`: the reader without help; `with_copy`: with the definitions of another copy of the
    database (--schema-from); `engine`: the engine's repair, with fewer seeds. `wrong` has examples
    of wrong rows, with the seed and the database.
    """

    ods: str
    kind: str
    alone: Outcome = field(default_factory=Outcome)
    with_copy: Outcome = field(default_factory=Outcome)
    engine: Outcome = field(default_factory=Outcome)
    wrong: list[str] = field(default_factory=list)


def run_trials(
    ods: str, subjects: Sequence[Subject], kinds: Iterable[str], seeds: int, engine_seeds: int
) -> Iterator[Trial]:
    """Damage each database with each kind and seed."""
    for kind in kinds:
        if kind not in DAMAGES:
            raise SystemExit(f"{kind!r} is not a kind of damage: use {', '.join(DAMAGES)}")
        trial = Trial(ods, kind)
        for subject in subjects:
            for seed in range(seeds):
                _run(trial, subject, seed, ods == PEER_ODS and seed < engine_seeds)
        yield trial


def _run(trial: Trial, subject: Subject, seed: int, runs_engine: bool) -> None:
    file = damaged(subject.data, subject.page_size, trial.kind, seed)
    data = bytes(file.data)
    outcome, wrong = _outcome(subject, file, lambda: read_rows(data))
    trial.alone.add(outcome)
    trial.wrong += [f"{subject.name} seed {seed}: {table} {row}" for table, row in wrong[:3]]
    if outcome.recovered < outcome.intact:
        outcome, wrong = _outcome(subject, file, lambda: read_rows(data, subject.data))
    trial.with_copy.add(outcome)
    if runs_engine:
        outcome, _ = _outcome(subject, file, lambda: repaired_rows(data))
        trial.engine.add(outcome)


def _outcome(
    subject: Subject, file: Damaged, read: Callable[[], ReadRows]
) -> tuple[Outcome, list[tuple[str, tuple[str, ...]]]]:
    given = read()
    outcome, wrong = compare(
        subject.rows, subject.intact(file), subject.unfinished, given.tables, given.lost_columns
    )
    outcome.refused = bool(given.refusal)
    return outcome, wrong
