"""What an export makes of bytes: the rows of each table, and the account of what was lost."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.chunks.memory_spill import MemorySpill
from tests.firebird.memory_source import MemorySource

DATA = Path(__file__).parent.parent / "data"


class MemoryDestination:
    """The ZIP as bytes, None unless the export ended well."""

    uri = "memory"

    def __init__(self) -> None:
        self.written = bytearray()
        self.zip: bytes | None = None

    def __enter__(self) -> "MemoryDestination":
        return self

    def write(self, data: bytes) -> None:
        self.written += data

    def spill_store(self) -> MemorySpill:
        return MemorySpill()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.zip = bytes(self.written) if kind is None else None


@dataclass(frozen=True)
class Exported:
    """`rows` are the lines of each table's CSV without the first, `damage` is `x-damage`."""

    rows: dict[str, list[str]]
    headers: dict[str, str]
    damage: dict[str, Any]
    warnings: tuple[str, ...]

    @property
    def places(self) -> list[tuple[str | None, int | None, int | None]]:
        """Table, page and slot of each damaged place."""
        return [(one["table"], one["page"], one["slot"]) for one in self.damage["places"]]

    @property
    def reasons(self) -> list[str]:
        return [one["reason"] for one in self.damage["places"]]


def exported(
    source: bytes | MemorySource, progress: Progress | None = None, **options: Any
) -> Exported:
    """Raises what an export raises; then nothing may have appeared."""
    if isinstance(source, bytes):
        source = MemorySource(source)
    destination = MemoryDestination()
    origin = SourceInfo(source.name, source.size, None, datetime(2024, 5, 6, tzinfo=UTC))
    try:
        chosen = ExportOptions(workers=1, **options)
        result = export(source, origin, destination, chosen, progress or Progress())
    except BaseException:
        assert destination.zip is None
        raise
    assert destination.zip is not None
    with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    damage = json.loads(texts.pop("datapackage.json"))["x-damage"]
    lines = {name.removesuffix(".csv"): text.splitlines() for name, text in texts.items()}
    return Exported(
        {name: own[1:] for name, own in lines.items()},
        {name: own[0] for name, own in lines.items()},
        damage,
        result.warnings,
    )


@cache
def database_bytes(name: str) -> bytes:
    """A database of tests/data, as `fb15/evolve`."""
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


@cache
def undamaged(name: str) -> Exported:
    return exported(database_bytes(name))


def is_missing_only(damaged: list[str], whole: list[str]) -> bool:
    """Is `damaged` the same lines in the same order, with some left out?"""
    rest = iter(whole)
    return all(line in rest for line in damaged)
