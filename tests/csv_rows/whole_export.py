"""Whole exports by an implementation of csv_rows."""

from datetime import UTC, datetime
from typing import Any

from gdb_export.csv_rows import CsvImplementation
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import opener
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource


def exported_zip(
    data: bytes, csv_implementation: CsvImplementation, workers: int = 1, **other_options: Any
) -> bytes:
    """The ZIP of a database or backup; raises what `export` raises."""
    destination = MemoryDestination()
    source_info = SourceInfo("test.fdb", len(data), None, datetime(2024, 5, 6, tzinfo=UTC))
    options = ExportOptions(workers=workers, **other_options)
    open_source = opener(csv_implementation)
    export(MemorySource(data), source_info, destination, options, Progress(), open_source)
    assert destination.zip is not None
    return destination.zip
