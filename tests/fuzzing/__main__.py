"""Runs each target in turn, for an equal part of the time.

    PYTHONPATH=functions python -m tests.fuzzing SECONDS [TARGET …]

`make fuzz-coverage` calls it. The corpora grow in build/fuzzing/corpus and are kept for the next
run. The exit code is 1 if an input violates an invariant; its file is in build/fuzzing/findings,
and tests/fuzzing/replay.py runs it again.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.fuzzing.targets import TARGETS

FOLDER = Path("build/fuzzing")
CORPUS, FINDINGS = FOLDER / "corpus", FOLDER / "findings"
MAX_MB = 1024  # of resident memory, most of it atheris's tables of the instrumented code
MAX_SECONDS = 60  # for one input, by the clock; long, since the machine may be busy


def fuzz(name: str, seconds: int) -> bool:
    """Run a target for some seconds; print its result and return whether it found nothing."""
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    FINDINGS.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MAX_MB}",
        f"-timeout={MAX_SECONDS}",
        f"-artifact_prefix={FINDINGS}/{name}-",
        "-print_final_stats=1",
        "-verbosity=1",
    ]
    command = [sys.executable, "-m", "tests.fuzzing.run_target", name, *options, str(corpus)]
    with (FOLDER / f"{name}.log").open("w") as log:
        code = subprocess.run(command, stdout=log, stderr=log, check=False)
    text = (FOLDER / f"{name}.log").read_text(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    print(
        f"{name}: {runs[1] if runs else 'unknown'} runs, {covered[-1] if covered else 0} branches"
        f" covered, {'nothing found' if code.returncode == 0 else 'FOUND a violation'}",
        flush=True,
    )
    if code.returncode != 0:
        print(text[-3000:], flush=True)
    return code.returncode == 0


def main(seconds: int, names: list[str]) -> int:
    results = [fuzz(name, max(seconds // len(names), 1)) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:] or list(TARGETS)))
