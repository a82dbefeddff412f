"""The samples of the documents: the output of commands, between marks in the text.

    python -m tests.documents.samples

A sample stands between `<!-- sample: NAME -->` and `<!-- -->`. The command above runs the commands
and writes their output there; a test compares it.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
DATABASE = PROJECT / "tests" / "data" / "fb15" / "cnes.fdb.gz"
_MARKS = re.compile(r"(<!-- sample: (\w+) -->\n).*?(<!-- -->\n)", re.DOTALL)
_WIDTH = 100


def export_sample() -> str:
    """An export of two tables, and the first lines of a CSV."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "BACKUP.GDB")
        database.write_bytes(gzip.decompress(DATABASE.read_bytes()))
        os.utime(database, (1_600_000_000, 1_600_000_000))  # the ZIP has the time of its source
        arguments = ["export", "BACKUP.GDB", "--tables", "LFCES002,NFCES013"]
        done = subprocess.run(
            [sys.executable, "-m", "gdb_export", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            check=True,
            capture_output=True,
            text=True,
        )
        with zipfile.ZipFile(Path(folder, "BACKUP.zip")) as archive:
            lines = archive.read("NFCES013.csv").decode().splitlines()[:4]
    commands = [f"$ gdb-export {' '.join(arguments)}", *done.stderr.splitlines()]
    commands += [*done.stdout.splitlines(), "$ unzip -p BACKUP.zip NFCES013.csv | head -4", *lines]
    return "\n".join(line[:_WIDTH] for line in commands)


def demo_sample() -> str:
    """The output of `make demo`."""
    command = [sys.executable, "-W", "ignore::FutureWarning", "-m", "local.demo", "--folder"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, folder], cwd=PROJECT, check=True, capture_output=True, text=True
        )
        relative_folder = os.path.relpath(folder, PROJECT)
    lines = done.stdout.replace(relative_folder, ".stack/demo").splitlines()
    members = [index for index, line in enumerate(lines) if line.startswith("   ")]
    omitted = members[2:-1]
    shown_lines = [line for index, line in enumerate(lines) if line and index not in omitted]
    return "\n".join(["$ make demo", *shown_lines])


SAMPLES: dict[str, Callable[[], str]] = {"export": export_sample, "demo": demo_sample}


def readme_sample(name: str) -> str:
    """Return the sample in README.md."""
    text = README.read_text(encoding="utf-8")
    match = re.search(rf"<!-- sample: {name} -->\n```\n(.*?)\n```\n<!-- -->\n", text, re.DOTALL)
    assert match is not None, f"README.md has no sample {name}: make samples"
    return match[1]


def main() -> None:
    text = README.read_text(encoding="utf-8")

    def sample(marks: re.Match[str]) -> str:
        return f"{marks[1]}```\n{SAMPLES[marks[2]]()}\n```\n{marks[3]}"

    README.write_text(_MARKS.sub(sample, text), encoding="utf-8")


if __name__ == "__main__":
    main()
