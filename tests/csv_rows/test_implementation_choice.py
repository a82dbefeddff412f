"""The choice of the implementation, and the lifetime of its objects."""

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from gdb_export.csv_rows import _EXTENSIONS
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import page_batches
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import IMPLEMENTATIONS, implementation, require_kernel
from tests.data.databases import database_bytes
from tests.firebird.memory_source import MemorySource

ROOT = Path(__file__).parents[2]
# The program chooses while a finder hides a module, as if it were not installed
CHOOSE_WITHOUT = """
import sys
class Hidden:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hidden())
from gdb_export.csv_rows import COMPILED, IMPLEMENTATION
print(IMPLEMENTATION.name, COMPILED)
"""


def choose(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program that prints the chosen implementation, in an environment with `variables`."""
    environment = {key: value for key, value in os.environ.items() if key != "PURE_PYTHON"}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=ROOT, env={**environment, **variables}, capture_output=True, text=True
    )


def test_the_compiled_implementation_is_the_default() -> None:
    require_kernel()
    chosen = choose("from gdb_export.csv_rows import IMPLEMENTATION as i; print(i.name)")
    assert chosen.stdout == "compiled\n", chosen.stderr


def test_an_environment_variable_chooses_the_reference() -> None:
    program = "from gdb_export.csv_rows import IMPLEMENTATION as i; print(i.name)"
    chosen = choose(program, PURE_PYTHON="1")
    assert chosen.stdout == "reference\n", chosen.stderr


@pytest.mark.parametrize("extension", _EXTENSIONS)
def test_without_an_extension_the_reference_is_chosen(extension: str) -> None:
    source = ROOT / extension.replace(".", "/")
    assert source.with_suffix(".pyx").exists(), f"{extension} is not an extension of the project"
    chosen = choose(CHOOSE_WITHOUT.format(name=extension))
    assert chosen.stdout == "reference False\n", chosen.stderr


def test_another_missing_module_is_an_error() -> None:
    require_kernel()
    name = "gdb_export.csv_rows.kernel_cells"
    chosen = choose(CHOOSE_WITHOUT.format(name=name))
    assert chosen.returncode != 0
    assert f"ModuleNotFoundError: {name}" in chosen.stderr


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_rows_and_database_are_freed_without_the_garbage_collector(name: str) -> None:
    """An export raises the thresholds of the collector: a cycle would keep whole databases."""
    database = Database(MemorySource(database_bytes("fb15/blobs")))
    table = next(table for table in database.tables if table.name == "B_ALL")
    rows = implementation(name).rows(database, table, TextDecoder(53), bytes.hex)
    page_numbers = database.data_pages(table, DamageLog())
    page_refs = [(sequence, number) for sequence, number in enumerate(page_numbers) if number]
    stats = TableStats(DamageLog(table.name))
    for page_batch in page_batches(database.pages, page_refs):
        assert sum(map(len, rows.lines(page_batch, stats)))
    assert stats.rows
    freed = [weakref.ref(rows.formatter), weakref.ref(database)]
    gc.collect()
    gc.disable()
    try:
        del rows, database, table, page_batch
        assert [reference() for reference in freed] == [None, None]
    finally:
        gc.enable()
