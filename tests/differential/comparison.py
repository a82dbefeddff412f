"""One database, read by the engine and by the exporter."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gdb_export import csv_rows
from gdb_export.csv_rows import CsvImplementation
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import opener
from tests.engine import export_csvs
from tests.export.in_memory import MemoryDestination


def exported_csvs(
    path: Path, implementation: CsvImplementation
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The CSV of each table as this implementation writes it, and the warnings."""
    destination = MemoryDestination()
    with LocalSource(path) as source:
        origin = SourceInfo(path.name, source.size, None, datetime(2026, 1, 1, tzinfo=UTC))
        result = export(
            source,
            origin,
            destination,
            ExportOptions(workers=1),
            Progress(),
            opener(implementation),
        )
    assert destination.zip is not None
    with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
        csvs = {
            name.removesuffix(".csv"): archive.read(name)
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    return csvs, result.warnings


def differences(path: Path) -> list[str]:
    """Where the exporter's CSVs part from the engine's, in words; none where all is well."""
    copy = path.with_suffix(".engine")
    shutil.copyfile(path, copy)
    theirs = export_csvs(copy)
    copy.unlink()
    found = []
    for implementation in dict.fromkeys((csv_rows.REFERENCE, csv_rows.IMPLEMENTATION)):
        ours, warnings = exported_csvs(path, implementation)
        found += [f"{implementation.name}: {words}" for words in told_apart(theirs, ours)]
        found += [f"{implementation.name}: {one}" for one in warnings if "is in limbo" not in one]
    return found


def told_apart(theirs: dict[str, bytes], ours: dict[str, bytes]) -> Iterator[str]:
    if ours.keys() != theirs.keys():
        yield f"tables {sorted(ours)}, not {sorted(theirs)}"
    for table in sorted(ours.keys() & theirs.keys()):
        if ours[table] != theirs[table]:
            yield f"{table}: {first_difference(theirs[table], ours[table])}"


def first_difference(expected: bytes, actual: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), None)
    at = min(len(expected), len(actual)) if at is None else at
    start = max(at - 60, 0)
    return f"byte {at}: want {expected[start : at + 60]!r} got {actual[start : at + 60]!r}"
