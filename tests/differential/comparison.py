"""Compares the CSVs and the columns of a database with the rows that the engine reads."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from gdb_export import csv_rows
from gdb_export.csv_rows import CsvImplementation
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import opener
from tests.differential.arrow_values import arrow_differences
from tests.engine import export_csvs
from tests.export.in_memory import MODIFIED_AT, MemoryDestination

# Parts of the warnings that the contents of the databases cause on purpose
EXPECTED = ("is in limbo", "can be read as UTF-8", "control character")


def exported_csvs(
    path: Path, implementation: CsvImplementation
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The CSV of each table as this implementation writes it, and the warnings."""
    destination = MemoryDestination()
    with LocalSource(path) as source:
        result = export(
            source,
            SourceInfo(path.name, source.size, None, MODIFIED_AT),
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
    """Describe the differences between the engine and each implementation, of CSVs and of Arrow
    values."""
    copy = path.with_suffix(".engine")
    shutil.copyfile(path, copy)
    expected = export_csvs(copy)
    copy.unlink()
    descriptions = []
    for implementation in dict.fromkeys((csv_rows.REFERENCE, csv_rows.IMPLEMENTATION)):
        csvs, warnings = exported_csvs(path, implementation)
        problems = [
            *csv_differences(expected, csvs),
            *(warning for warning in warnings if not any(text in warning for text in EXPECTED)),
        ]
        descriptions += [f"{implementation.name}: {problem}" for problem in problems]
    return descriptions + arrow_differences(path)


def csv_differences(expected: dict[str, bytes], csvs: dict[str, bytes]) -> Iterator[str]:
    if csvs.keys() != expected.keys():
        yield f"tables {sorted(csvs)}, not {sorted(expected)}"
    for table in sorted(csvs.keys() & expected.keys()):
        if csvs[table] != expected[table]:
            yield f"{table}: {first_difference(expected[table], csvs[table])}"


def first_difference(expected: bytes, actual: bytes) -> str:
    common_length = min(len(expected), len(actual))
    offset = next((i for i in range(common_length) if expected[i] != actual[i]), common_length)
    context = slice(max(offset - 60, 0), offset + 60)
    return f"byte {offset}: expected {expected[context]!r}, exported {actual[context]!r}"
