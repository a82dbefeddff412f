"""One database, read by the engine and by the exporter."""

import io
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from job.export import export
from job.local_files import LocalSource
from job.manifest import Origin
from job.options import ExportOptions
from job.progress import Progress
from tests.engine import export_csvs


class MemoryDestination(io.BytesIO):
    """A ZIP that is kept in memory."""

    uri = "memory"

    def __exit__(self, *_: object) -> None:
        """Stays open, so that what was written can be read."""


def exported_csvs(path: Path, workers: int = 1) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The CSV of each table as the exporter writes it, and its warnings."""
    destination = MemoryDestination()
    with LocalSource(path) as source:
        origin = Origin(path.name, source.size, None, datetime(2026, 1, 1, tzinfo=UTC))
        options = ExportOptions(workers=workers)
        result = export(source, origin, destination, options, Progress())  # type: ignore[arg-type]
    with zipfile.ZipFile(destination) as archive:
        csvs = {
            name.removesuffix(".csv"): archive.read(name)
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    return csvs, result.warnings


def differences(path: Path) -> list[str]:
    """Where the exporter's CSVs part from the engine's, in words; none where all is well."""
    ours, warnings = exported_csvs(path)
    copy = path.with_suffix(".engine")
    shutil.copyfile(path, copy)
    theirs = export_csvs(copy)
    copy.unlink()
    found = [f"warning: {warning}" for warning in warnings]
    found += [f"tables {sorted(ours)}, not {sorted(theirs)}"] * (ours.keys() != theirs.keys())
    for table in sorted(ours.keys() & theirs.keys()):
        if ours[table] != theirs[table]:
            found.append(f"{table}: {first_difference(theirs[table], ours[table])}")
    return found


def first_difference(expected: bytes, actual: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), None)
    at = min(len(expected), len(actual)) if at is None else at
    start = max(at - 60, 0)
    return f"byte {at}: want {expected[start : at + 60]!r} got {actual[start : at + 60]!r}"
