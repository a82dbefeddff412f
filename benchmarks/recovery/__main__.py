"""The recovery rate: `make recovery`.

python -m benchmarks.recovery --seeds 20 --ods 10.1,13.1 --kinds "header page lost" --quote
python -m benchmarks.recovery --files /data/one.fdb /data/two.gdb       your own databases
"""

import argparse
from pathlib import Path

from benchmarks.__main__ import DOCS, put_between
from benchmarks.recovery.damage_kinds import DAMAGES
from benchmarks.recovery.report import markdown, recovery_chart, summary
from benchmarks.recovery.subjects import FILES, Subject, project_subjects
from benchmarks.recovery.trials import Trial, run_trials

_MAX_EXAMPLES = 3  # of wrong rows, for each kind of damage


def main() -> int:
    """Print the table; the exit code is 1 if a row is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--engine-seeds", type=int, default=3, help="0: without the engine")
    parser.add_argument("--ods", default=",".join(FILES))
    parser.add_argument("--kinds", default=",".join(DAMAGES))
    parser.add_argument("--files", type=Path, nargs="*", help="instead of the project's databases")
    parser.add_argument("--quote", action="store_true", help="write docs/recovery.md and its chart")
    arguments = parser.parse_args()
    groups: dict[str, list[Subject]] = {}
    if arguments.files:
        for subject in map(Subject, arguments.files):
            groups.setdefault(subject.ods, []).append(subject)
    else:
        groups = {ods: project_subjects(ods) for ods in arguments.ods.split(",")}
    trials: list[Trial] = []
    for ods, group in groups.items():
        kinds = arguments.kinds.split(",")
        for trial in run_trials(ods, group, kinds, arguments.seeds, arguments.engine_seeds):
            print(markdown([trial]).splitlines()[-1], flush=True)
            print(*trial.wrong[:_MAX_EXAMPLES], sep="\n", end="\n" if trial.wrong else "")
            trials.append(trial)
    trials.sort(key=lambda trial: list(DAMAGES).index(trial.kind))
    report = f"{summary(trials)}\n\n{markdown(trials)}\n"
    print(report, end="")
    if arguments.quote:
        put_between(DOCS / "recovery.md", "make recovery", report)
        (DOCS / "recovery.svg").write_text(recovery_chart(trials), encoding="utf-8")
    return 1 if any(trial.alone.wrong for trial in trials) else 0


if __name__ == "__main__":
    raise SystemExit(main())
