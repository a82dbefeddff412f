"""The steps of an export: database → tables → chunks → CSV → deflate → ZIP → destination.

Start reading here. This package opens no files and no cloud objects: it reads a Source, writes to a
Destination and reports to a Progress.

One task writes the whole ZIP (`export`), or several tasks write a part each (`export_part`) and
`assemble` combines the parts to the same ZIP, byte for byte.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from gdb_export.chunks.chunks import ChunkSource, TablePlan
from gdb_export.chunks.opening import adjacent_copy, open_chunks
from gdb_export.chunks.text_options import text_decoder
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.destination import Destination
from gdb_export.export.finalise_zip import ExportResult, finalise_zip, summarise
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.part_range import PartRange
from gdb_export.export.selection import selected_tables
from gdb_export.export.table_members import MemberWriter, no_head
from gdb_export.firebird.core.source import Source
from gdb_export.options import EXCEL, HEX, PARQUET, BadOption, ExportOptions
from gdb_export.progress import Progress
from gdb_export.zip.deflate import LEVELS
from gdb_export.zip.zip_stream import ZipStream

if TYPE_CHECKING:
    from gdb_export.export.assembly import Assembly
    from gdb_export.export.part_report import PartReport

__all__ = [
    "ExportResult",
    "SourceInfo",
    "assemble",
    "export",
    "export_csv",
    "export_part",
]


def export(
    source: Source,
    source_info: SourceInfo,
    destination: Destination,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource] = open_chunks,
) -> ExportResult:
    """Write the ZIP of a database's tables.

    `opener` opens the source; tests pass one that selects an implementation of `csv_rows`.

    Raises FirebirdError, BadOption, Cancelled, and the errors of source and destination; then
    nothing appears at the destination.
    """
    cancellable = CancellableSource(source, progress.check)
    chunk_source, plans = plan_export(cancellable, options, opener)
    progress.start(len(plans), sum(plan.work for plan in plans))
    with destination:
        archive = ZipStream(destination.write, source_info.modified_at)
        writer = MemberWriter(
            chunk_source, options, progress, archive, no_head, destination.spill_store
        )
        members = writer.write(list(PartRange().chunks(plans)))
        reader = chunk_source.reader
        return finalise_zip(archive, reader, [reader.damage], source_info, options, members)


def export_csv(
    source: Source,
    source_info: SourceInfo,
    destination: Destination,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource] = open_chunks,
) -> ExportResult:
    """Write the CSV of one table, without a ZIP. Raises as `export` does, and BadOption if the
    options select several tables."""
    # imported late: docs/architecture.md
    from gdb_export.export.csv_member import CsvMember

    chunk_source, plans = plan_export(CancellableSource(source, progress.check), options, opener)
    if len(plans) != 1:
        raise BadOption(f"a CSV holds one table, and {len(plans)} are selected", "tables")
    progress.start(len(plans), sum(plan.work for plan in plans))
    with destination:
        member = CsvMember(destination.write)
        writer = MemberWriter(
            chunk_source, options, progress, member, no_head, destination.spill_store
        )
        members = writer.write(list(PartRange().chunks(plans)))
        reader = chunk_source.reader
        return summarise(reader, [reader.damage], members, member.offset)


def export_part(
    source: Source,
    source_info: SourceInfo,
    part_range: PartRange,
    head: Destination,
    tail: Destination,
    options: ExportOptions,
    progress: Progress,
) -> "PartReport":
    """Write one part of the ZIP; raises as `export` does.

    `head` and `tail` are entered only if there are bytes for them. The report says which were.
    """
    # imported late: docs/architecture.md
    from gdb_export.export.part_report import PartReport

    chunk_source, plans = plan_export(CancellableSource(source, progress.check), options)
    progress.start(*part_range.extent(plans))
    with ExitStack() as exit_stack:
        archive = ZipStream(_lazy_writer(tail, exit_stack), source_info.modified_at)
        write_head = _lazy_writer(head, exit_stack)
        writer = MemberWriter(
            chunk_source, options, progress, archive, write_head, tail.spill_store
        )
        members = writer.write(list(part_range.chunks(plans)))
    return PartReport(tuple(members), chunk_source.reader.damage)


def assemble(
    source: Source, source_info: SourceInfo, options: ExportOptions, reports: "Sequence[PartReport]"
) -> "Assembly":
    """Combine the parts to the ZIP; `reports` are those of all parts in order."""
    # imported late: docs/architecture.md
    from gdb_export.export.assembly import assemble_parts

    chunk_source, _ = plan_export(source, options)
    return assemble_parts(chunk_source.reader, source_info, options, reports)


def plan_export(
    source: Source,
    options: ExportOptions,
    opener: Callable[[Source], ChunkSource] = open_chunks,
) -> tuple[ChunkSource, list[TablePlan]]:
    """Open the source and plan the selected tables. Raises FirebirdError and BadOption."""
    if options.compression is not None and options.compression not in LEVELS:
        raise BadOption(f"{options.compression} is not a level from 0 to 9", "compression")
    if options.dialect == EXCEL and options.format == PARQUET:
        raise BadOption("excel is a dialect of CSV, not of Parquet", "dialect")
    if options.binary != HEX and options.format == PARQUET:
        raise BadOption(f"{options.binary} is for CSV: Parquet has binary values", "binary")
    if options.schema_from is not None:
        opener = partial(open_chunks, schema=adjacent_copy(source, options.schema_from))
    chunk_source = opener(source)
    tables = selected_tables(chunk_source.reader, options)
    text_decoder(options, chunk_source.reader)  # raises BadOption before anything is written
    return chunk_source, [chunk_source.plan(table) for table in tables]


def _lazy_writer(destination: Destination, exit_stack: ExitStack) -> Callable[[bytes], None]:
    """A write function that enters the destination at its first call."""
    is_entered = False

    def write(data: bytes) -> None:
        nonlocal is_entered
        if not is_entered:
            exit_stack.enter_context(destination)
            is_entered = True
        destination.write(data)

    return write
