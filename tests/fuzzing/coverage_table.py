"""Prints the coverage by tests and by fuzzers as a table, and the lines that neither reaches.

    python -m tests.fuzzing.coverage_table FOLDER

The folder has the data files `tests` and `fuzzers` of coverage.py, with branches.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from coverage import Coverage

ROOMS = ("gdb_export/firebird", "gdb_export/csv_rows", "gdb_export/arrow")


def report(folder: Path, *names: str) -> dict[str, Any]:
    """The files of coverage.py's report in JSON on what the data files reach together."""
    coverage = Coverage(data_file=None)
    coverage.combine([str(folder / name) for name in names], keep=True)
    target = folder / "report.json"
    coverage.json_report(outfile=str(target))
    files: dict[str, Any] = json.loads(target.read_text())["files"]
    return files


def rates(files: dict[str, Any], room: str) -> tuple[int, str]:
    """The number of lines of a folder, and the shares of lines and branches that are reached."""
    sums: Counter[str] = Counter()
    for path, file in files.items():
        if path.startswith(f"{room}/"):
            sums.update(
                {
                    key: int(value)
                    for key, value in file["summary"].items()
                    if key.startswith(("num_", "covered_"))
                }
            )
    lines = sums["covered_lines"] / sums["num_statements"]
    branches = sums["covered_branches"] / sums["num_branches"]
    return sums["num_statements"], f"{lines:.1%}, {branches:.1%}"


def main(folder: Path) -> None:
    both = report(folder, "tests", "fuzzers")
    columns = (report(folder, "tests"), report(folder, "fuzzers"), both)
    print("| folder | lines | tests: lines, branches | fuzzers | together |")
    print("|---|--:|--:|--:|--:|")
    for room in ROOMS:
        cells = [rates(files, room) for files in columns]
        print(f"| `{room}/` | {cells[0][0]:,} | {' | '.join(text for _, text in cells)} |")
    print("\nLines that neither reaches:")
    for path, file in both.items():
        if file["missing_lines"]:
            print(f"{path}: {', '.join(map(str, file['missing_lines']))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
