"""The recovery rate: `make recovery`.

python -m benchmarks.recovery --seeds 20 --ods 10.1,13.1 --kinds "header page lost" --quote
python -m benchmarks.recovery --files /data/one.fdb /data/two.gdb       your own databases

The engine of Firebird 5 is installed with the tests. That of Firebird 3, for ODS 12.0, is used with
`--engine 12.0=FOLDER`, after `pip install --target FOLDER firebird-embedded==3.0.14.4`; FOLDER/lib
is searched for the libraries that it needs: libncurses.so.5, libtinfo.so.5, libtommath.so.0.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import DOCS, put_between
from benchmarks.recovery.damage_kinds import DAMAGES
from benchmarks.recovery.peer import INSTALLED, PEERS, Peer
from benchmarks.recovery.report import markdown, recovery_chart, summary
from benchmarks.recovery.subjects import DATA, FILES, ods_of
from benchmarks.recovery.trials import Task, run_trials


def main() -> int:
    """Print the table; the exit code is 1 if a row is wrong."""
    arguments = _arguments()
    kinds = arguments.kinds.split(",")
    if unknown := [kind for kind in kinds if kind not in DAMAGES]:
        raise SystemExit(f"{unknown[0]!r} is not a kind of damage: use {', '.join(DAMAGES)}")
    peers = _peers(arguments.engine)
    databases = _databases(arguments)
    tasks = [
        Task(ods, kind, path, seeds, arguments.engine_seeds, peers.get(ods))
        for ods, paths in databases.items()
        for path, seeds in seeds_by_database(paths, arguments.seeds)
        for kind in kinds
    ]
    trials = run_trials(tasks, arguments.processes)
    ods_order = list(databases)
    trials.sort(key=lambda trial: (kinds.index(trial.kind), ods_order.index(trial.ods)))
    report = f"{summary(trials)}\n\n{markdown(trials)}\n"
    print(report, end="")
    if arguments.quote:
        put_between(DOCS / "recovery.md", "make recovery", report)
        (DOCS / "recovery.svg").write_text(recovery_chart(trials), encoding="utf-8")
    return 1 if any(trial.wrong for trial in trials) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="of each kind of damage and ODS")
    parser.add_argument("--engine-seeds", type=int, default=4, help="0: without the engine")
    parser.add_argument("--engine", action="append", default=[], metavar="ODS=FOLDER")
    parser.add_argument("--ods", default=",".join(FILES))
    parser.add_argument("--kinds", default=",".join(DAMAGES))
    parser.add_argument("--files", type=Path, nargs="*", help="instead of the project's databases")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--quote", action="store_true", help="write docs/recovery.md and its chart")
    return parser.parse_args()


def _databases(arguments: argparse.Namespace) -> dict[str, list[Path]]:
    """The undamaged databases by ODS."""
    databases: dict[str, list[Path]] = {}
    if arguments.files:
        for path in arguments.files:
            databases.setdefault(ods_of(path), []).append(path)
    else:
        for ods in arguments.ods.split(","):
            databases[ods] = [DATA / f"{name}.fdb.gz" for name in FILES[ods]]
    return databases


def seeds_by_database(paths: list[Path], count: int) -> Iterator[tuple[Path, range]]:
    """Divide the seeds 0 to `count` - 1 among the databases of an ODS, in turn."""
    for index, path in enumerate(paths):
        yield path, range(index, count, len(paths))


def _peers(folders: list[str]) -> dict[str, Peer]:
    """The engines that can be used, by ODS."""
    peers = {INSTALLED: PEERS[INSTALLED]}
    for text in folders:
        ods, _, folder = text.partition("=")
        if ods not in PEERS:
            raise SystemExit(f"--engine {text}: there is an engine for ODS {' and '.join(PEERS)}")
        peers[ods] = PEERS[ods]._replace(folder=Path(folder).absolute())
    return peers


if __name__ == "__main__":
    raise SystemExit(main())
