"""The story of an export: database → tables → chunks → CSV → deflate → ZIP → destination.

Read this first. Nothing here knows of files or clouds: bytes come from a Source and go to a
Destination, and whoever wants to know how far it is gives a Progress.

A ZIP can be written by one task (`export`), or by several that each write a part of it
(`export_part`), with `assemble` telling how the parts become the same ZIP, byte for byte.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from job.chunk_source import open_chunks
from job.chunks import ChunkSource, TablePlan
from job.deflate import LEVELS
from job.destination import Destination
from job.ending import ExportResult, write_ending
from job.firebird.source import Source
from job.manifest import Origin
from job.options import BadOption, ExportOptions
from job.parts import PartReport, Share, merged_damage
from job.progress import Progress
from job.selection import chosen_tables
from job.table_members import DamageRefused, TableMembers
from job.watched_source import WatchedSource
from job.zip_stream import ZipStream

if TYPE_CHECKING:
    from job.assembly import Assembly

__all__ = [
    "DamageRefused",
    "ExportResult",
    "Origin",
    "assemble",
    "export",
    "export_part",
]


def export(
    source: Source,
    origin: Origin,
    destination: Destination,
    options: ExportOptions,
    progress: Progress,
) -> ExportResult:
    """Write the ZIP of a database's tables.

    Raises FirebirdError, BadOption, Cancelled, or what source and destination raise; then nothing
    appears at the destination.
    """
    opened, plans = _plan(WatchedSource(source, progress.check), options)
    progress.start(len(plans), sum(plan.work for plan in plans))
    with destination:
        archive = ZipStream(destination.write, origin.modified_at)
        members = TableMembers(opened, options, progress, archive, _no_head, destination.shelf)
        pieces = members.write(list(Share().chunks(plans)))
        damage = merged_damage([opened.contents.damage])
        return write_ending(archive, opened.contents, damage, origin, options, pieces)


def export_part(
    source: Source,
    origin: Origin,
    share: Share,
    head: Destination,
    tail: Destination,
    options: ExportOptions,
    progress: Progress,
) -> PartReport:
    """Write one part of the ZIP; raises as `export` does.

    A destination is entered only when there is something for it. The report says which were.
    """
    opened, plans = _plan(WatchedSource(source, progress.check), options)
    progress.start(*share.extent(plans))
    with ExitStack() as entered:
        archive = ZipStream(_when_needed(tail, entered), origin.modified_at)
        to_head = _when_needed(head, entered)
        members = TableMembers(opened, options, progress, archive, to_head, tail.shelf)
        pieces = members.write(list(share.chunks(plans)))
    return PartReport(tuple(pieces), opened.contents.damage)


def assemble(
    source: Source, origin: Origin, options: ExportOptions, reports: Sequence[PartReport]
) -> "Assembly":
    """How the parts, in order, become the ZIP; `reports` are those of all parts."""
    # only here: an export by one task has no parts to assemble
    from job.assembly import assemble_parts

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
