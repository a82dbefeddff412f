"""The modules that an export loads: loading them is most of the time of a small export."""

import subprocess
import sys
from pathlib import Path

from tests.csv_rows.implementations import require_kernel
from tests.firebird.database_builder import DatabaseBuilder, integer_row

# Modules that take some milliseconds each to load, and that few exports need
SELDOM_NEEDED = (
    "gdb_export.contract.job_document",
    "csv",
    "dataclasses",
    "google.cloud.storage",
    "importlib.metadata",
    "pyarrow",
    "gdb_export.export.assembly",
    "gdb_export.export.part_report",
    "gdb_export.cli.cloud_commands",
    "gdb_export.cli.cloud_parser",
    "gdb_export.firebird.values.arrays",
    "gdb_export.firebird.computed.blr",
    "gdb_export.firebird.conversions.conversions",
    "gdb_export.firebird.gbak",
    "gdb_export.firebird.indices.index_check",
    "gdb_export.firebird.recovery.foreign_schema",
    "gdb_export.firebird.recovery.lost_catalogue",
    "gdb_export.firebird.recovery.salvage",
    "gdb_export.firebird.volumes",
    "gdb_export.schema_sql",
    "logging",
    "shutil",
    "tempfile",
    "zoneinfo",
)
_EXPORT = """
import sys
from gdb_export.cli.command_line import main
assert main(["export", sys.argv[1]]) == 0
print(*sys.modules)
"""


def test_an_ordinary_export_loads_only_what_it_needs(tmp_path: Path) -> None:
    require_kernel()
    builder = DatabaseBuilder((12, 0))
    builder.table("T", [integer_row(1, 2)])
    source = tmp_path / "test.fdb"
    source.write_bytes(builder.build())
    command = [sys.executable, "-c", _EXPORT, str(source)]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in SELDOM_NEEDED if name in loaded] == []


def test_the_job_loads_pyarrow_only_for_parquet() -> None:
    command = [sys.executable, "-W", "ignore", "-c", "import job.main, sys; print(*sys.modules)"]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert "job.single_task" in loaded
    assert "pyarrow" not in loaded
