"""Exports bytes in memory: the rows of each table and the damage that was reported."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.chunks.memory_spill import MemorySpill
from tests.firebird.memory_source import MemorySource

MODIFIED_AT = datetime(2024, 5, 6, tzinfo=UTC)


class MemoryDestination:
    """Keeps the ZIP as bytes; None unless the export succeeded."""

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
class ExportedTables:
    """CSV header and lines by table, the manifest's `x-damage` and resources, and the warnings."""

    rows: dict[str, list[str]]
    headers: dict[str, str]
    damage: dict[str, Any]
    warnings: tuple[str, ...]
    resources: list[dict[str, Any]]

    @property
    def locations(self) -> list[tuple[str | None, int | None, int | None]]:
        """Table, page and slot of each damage."""
        return [(entry["table"], entry["page"], entry["slot"]) for entry in self.damage["places"]]

    @property
    def reasons(self) -> list[str]:
        return [entry["reason"] for entry in self.damage["places"]]


def export_in_memory(
    source: bytes | MemorySource,
    progress: Progress | None = None,
    opener: Callable[[Source], ChunkSource] = open_chunks,
    **options: Any,
) -> ExportedTables:
    """Export with one worker. Raises what `export` raises, after checking that no ZIP appeared."""
    if isinstance(source, bytes):
        source = MemorySource(source)
    destination = MemoryDestination()
    source_info = SourceInfo(source.name, source.size, None, MODIFIED_AT)
    try:
        export_options = ExportOptions(workers=1, **options)
        result = export(
            source, source_info, destination, export_options, progress or Progress(), opener
        )
    except BaseException:
        assert destination.zip is None
        raise
    assert destination.zip is not None
    with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    manifest = json.loads(members.pop("datapackage.json"))
    lines = {name.removesuffix(".csv"): text.splitlines() for name, text in members.items()}
    return ExportedTables(
        {name: table_lines[1:] for name, table_lines in lines.items()},
        {name: table_lines[0] for name, table_lines in lines.items()},
        manifest["x-damage"],
        result.warnings,
        manifest["resources"],
    )
