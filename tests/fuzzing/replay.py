"""Runs inputs of a target again, without a fuzzer.

    PYTHONPATH=functions python -m tests.fuzzing.replay TARGET FILE-OR-FOLDER …

Used to reproduce a finding, and to measure the coverage of a corpus.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fuzzing.targets import TARGETS


def inputs(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def main(name: str, paths: list[Path]) -> None:
    for path in inputs(paths):
        try:
            TARGETS[name].check(path.read_bytes())
        except Exception:
            print(f"{path} violates an invariant of {name}")
            raise


if __name__ == "__main__":
    main(sys.argv[1], [Path(path) for path in sys.argv[2:]])
