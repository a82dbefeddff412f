"""What an export loads: the start of the process is most of what a small database takes."""

import subprocess
import sys
from pathlib import Path

from tests.csv_rows.twins import require_kernel
from tests.firebird.made_database import MadeDatabase, longs

# Each takes a part of a hundredth of a second or more, and few exports need it
SELDOM_NEEDED = (
    "contract",
    "dataclasses",
    "google.cloud.storage",
    "importlib.metadata",
    "job.assembly",
    "job.cloud_commands",
    "job.firebird.arrays",
    "job.firebird.blr",
    "job.firebird.conversions",
    "job.firebird.gbak",
    "job.firebird.salvage",
    "logging",
    "shutil",
    "zoneinfo",
)
_EXPORT = """
import sys
from job.command_line import main
assert main(["export", sys.argv[1]]) == 0
print(*sys.modules)
"""


def test_an_ordinary_export_loads_only_what_it_needs(tmp_path: Path) -> None:
    require_kernel()
    made = MadeDatabase((12, 0))
    made.table("T", [longs(1, 2)])
    source = tmp_path / "made.fdb"
    source.write_bytes(made.build())
    command = [sys.executable, "-c", _EXPORT, str(source)]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in SELDOM_NEEDED if name in loaded] == []
