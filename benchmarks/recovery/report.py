"""The results as a table and as a chart."""

from collections.abc import Sequence

from benchmarks.chart import chart
from benchmarks.recovery.comparison import Outcome
from benchmarks.recovery.peer import PEERS
from benchmarks.recovery.trials import Trial

_HEAD = (
    "| damage | ODS | intact rows | back | with a copy's definitions | lost | with a field lost"
    " | of unfinished transactions | overwritten, not noticed | wrong | the engine |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def markdown(trials: Sequence[Trial]) -> str:
    """A row for each kind of damage and ODS."""
    return "\n".join([_HEAD, *map(_row, trials)])


def _row(trial: Trial) -> str:
    alone = trial.alone
    cells = (
        trial.kind,
        trial.ods,
        f"{alone.intact:,}",
        _percent(alone),
        _percent(trial.with_copy),
        f"{trial.with_copy.lost:,}",
        f"{alone.partial:,}",
        f"{alone.unfinished:,}",
        f"{alone.overwritten:,}",
        f"{max(alone.wrong, trial.with_copy.wrong):,}",
        _percent(trial.engine) if trial.engine.runs else "",
    )
    return f"| {' | '.join(cells)} |"


def _percent(outcome: Outcome) -> str:
    """The share in percent, rounded down so that only 100 % is shown as 100 %."""
    return f"{int(outcome.rate * 10_000) / 100:g} %"


def recovery_chart(trials: Sequence[Trial]) -> str:
    """A bar for each kind of damage: what came back of the intact rows of all ODS."""
    rows = []
    for kind in dict.fromkeys(trial.kind for trial in trials):
        outcome = Outcome()
        for trial in trials:
            if trial.kind == kind:
                outcome.add(trial.with_copy)
        rows.append((kind, 100 * outcome.rate, 100.0))
    return chart("Rows that came back, in % of those that are still complete in the file", rows)


def summary(trials: Sequence[Trial]) -> str:
    """The sums of all trials in a few sentences."""
    alone, with_copy = Outcome(), Outcome()
    for trial in trials:
        alone.add(trial.alone)
        with_copy.add(trial.with_copy)
    wrong = sum(max(trial.alone.wrong, trial.with_copy.wrong) for trial in trials)
    text = (
        f"{alone.runs:,} damaged databases, {alone.intact:,} intact rows: {_percent(alone)} came"
        f" back, {_percent(with_copy)} with the definitions of a copy; {wrong:,}"
        f" {'row is' if wrong == 1 else 'rows are'} wrong."
    )
    return " ".join([text, *(_engine_summary(trials, ods) for ods in PEERS)]).rstrip()


def _engine_summary(trials: Sequence[Trial], ods: str) -> str:
    """The engine's sums for an ODS, and the reader's for the same damaged databases."""
    engine, reader = Outcome(), Outcome()
    for trial in trials:
        if trial.ods == ods:
            engine.add(trial.engine)
            reader.add(trial.at_engine)
    if not engine.runs:
        return ""
    return (
        f"{PEERS[ods].name} saved {_percent(engine)} of the rows of {engine.runs:,} of these"
        f" databases (ODS {ods}), {engine.wrong:,} rows were wrong, and nothing came back from"
        f" {engine.refused:,}; the reader saved {_percent(reader)} of the same rows."
    )
