"""The story of an export: database → tables → chunks → CSV → deflate → ZIP → destination.

Read this first. Nothing here knows of files or clouds: bytes come from a Source and go to a
Destination, and whoever wants to know how far it is gives a Progress.

A ZIP can be written by one task (`export`), or by several that each write a part of it
(`export_part`), with `assemble` telling how the parts become the same ZIP, byte for byte.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from gdb_export.chunks.chunk_source import open_chunks
from gdb_export.chunks.chunks import ChunkSource, TablePlan
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.destination import Destination
from gdb_export.export.finalise_zip import ExportResult, finalise_zip
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.parts import PartRange, PartReport, merged_damage
from gdb_export.export.selection import chosen_tables
from gdb_export.export.table_members import DamageRefused, TableMembers
from gdb_export.firebird.core.source import Source
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Progress
from gdb_export.zip.deflate import LEVELS
from gdb_export.zip.zip_stream import ZipStream

if TYPE_CHECKING:
    from gdb_export.export.assembly import Assembly

__all__ = [
    "DamageRefused",
    "ExportResult",
    "SourceInfo",
    "assemble",
    "export",
    "export_part",
]


def export(
    source: Source,
    origin: SourceInfo,
    destination: Destination,
    options: ExportOptions,
    progress: Progress,
) -> ExportResult:
    """Write the ZIP of a database's tables.

    Raises FirebirdError, BadOption, Cancelled, or what source and destination raise; then nothing
    appears at the destination.
    """
    opened, plans = _plan(CancellableSource(source, progress.check), options)
    progress.start(len(plans), sum(plan.work for plan in plans))
    with destination:
        archive = ZipStream(destination.write, origin.modified_at)
        members = TableMembers(opened, options, progress, archive, _no_head, destination.spill_store)
        pieces = members.write(list(PartRange().chunks(plans)))
        damage = merged_damage([opened.contents.damage])
        return finalise_zip(archive, opened.contents, damage, origin, options, pieces)


def export_part(
    source: Source,
    origin: SourceInfo,
    share: PartRange,
    head: Destination,
    tail: Destination,
    options: ExportOptions,
    progress: Progress,
) -> PartReport:
    """Write one part of the ZIP; raises as `export` does.

    A destination is entered only when there is something for it. The report says which were.
    """
    opened, plans = _plan(CancellableSource(source, progress.check), options)
    progress.start(*share.extent(plans))
    with ExitStack() as entered:
        archive = ZipStream(_when_needed(tail, entered), origin.modified_at)
        to_head = _when_needed(head, entered)
        members = TableMembers(opened, options, progress, archive, to_head, tail.spill_store)
        pieces = members.write(list(share.chunks(plans)))
    return PartReport(tuple(pieces), opened.contents.damage)


def assemble(
    source: Source, origin: SourceInfo, options: ExportOptions, reports: Sequence[PartReport]
) -> "Assembly":
    """How the parts, in order, become the ZIP; `reports` are those of all parts."""
    # only here: an export by one task has no parts to assemble
    from gdb_export.export.assembly import assemble_parts

    opened, _ = _plan(source, options)
    return assemble_parts(opened.contents, origin, options, reports)


def _plan(source: Source, options: ExportOptions) -> tuple[ChunkSource, list[TablePlan]]:
    if options.compression is not None and options.compression not in LEVELS:
        raise BadOption(f"{options.compression} is not a level from 0 to 9", "compression")
    opened = open_chunks(source)
    tables = chosen_tables(opened.contents.tables, options)
    return opened, [opened.plan(table) for table in tables]


def _no_head(data: bytes) -> None:
    raise AssertionError("the only part of a ZIP goes on with no member")


def _when_needed(destination: Destination, entered: ExitStack) -> Callable[[bytes], None]:
    """A function that enters the destination with the first bytes for it."""
    is_entered = False

    def write(data: bytes) -> None:
        nonlocal is_entered
        if not is_entered:
            entered.enter_context(destination)
            is_entered = True
        destination.write(data)

    return write
