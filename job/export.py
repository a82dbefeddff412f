"""The story of an export: database → tables → chunks → CSV → deflate → ZIP → destination.

Read this first. Nothing here knows of files or clouds: bytes come from a Source and go to a
Destination, and whoever wants to know how far it is gives a Progress.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from job.chunk_export import ChunkExport, ChunkResult
from job.chunks import Chunk, TablePlan, chunks, longest_csv
from job.crc32 import combine, crc32
from job.csv_rows.account import Account
from job.deflate import DEFAULT_LEVEL, END_OF_STREAM, LEVELS, ChunkDeflater
from job.destination import Destination
from job.firebird.damage import DamageLog
from job.firebird.database import Database
from job.firebird.errors import FirebirdError, UnreadableDatabase
from job.firebird.source import Source
from job.manifest import Origin, TableEntry, manifest
from job.member_names import MANIFEST, member_name
from job.options import BadOption, ExportOptions
from job.ordered_work import OrderedWork, Output
from job.progress import Progress, TableDone
from job.selection import chosen_tables
from job.warning_texts import database_warnings, table_warnings
from job.zip_stream import LIMIT_32, ZipStream


class DamageRefused(FirebirdError):
    """The database is damaged, and the export was told to be strict."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was exported; `bytes` is the ZIP's length, `ods` as "10.1"."""

    tables: int
    rows: int
    bytes: int
    warnings: tuple[str, ...]
    ods: str


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
    if options.compression is not None and options.compression not in LEVELS:
        raise BadOption(f"compression: {options.compression} is not a level from 0 to 9")
    database = Database(source)
    work = ChunkExport(database, options)
    plans = [TablePlan.of(database, table) for table in chosen_tables(database.tables, options)]
    progress.start(len(plans), sum(plan.pages for plan in plans))
    with destination:
        archive = ZipStream(destination.write, origin.modified_at)
        story = _Story(database, options, progress, archive)
        entries = story.write_tables(plans, work)
        story.refuse_if_nothing_is_left(entries)
        warnings = _warnings(database, entries)
        text = manifest(database, origin, options, entries, warnings)
        story.write_whole(MANIFEST, text)
        archive.close()
    ods = f"{database.header.ods[0]}.{database.header.ods[1]}"
    rows = sum(entry.account.rows for entry in entries)
    return ExportResult(len(entries), rows, archive.offset, tuple(warnings), ods)


class _Story:
    """The tables of one export, one after another into the ZIP."""

    def __init__(
        self, database: Database, options: ExportOptions, progress: Progress, archive: ZipStream
    ) -> None:
        self._database = database
        self._options = options
        self._progress = progress
        self._archive = archive

    def write_tables(self, plans: Sequence[TablePlan], work: ChunkExport) -> list[TableEntry]:
        workers = self._options.workers or os.cpu_count() or 1
        page_size = self._database.pages.page_size
        tasks = (chunk for plan in plans for chunk in chunks(plan, page_size))
        entries: list[TableEntry] = []
        table: _TableMember | None = None
        with OrderedWork(tasks, work, workers, self._progress.check) as outputs:
            for chunk, output in outputs:
                if chunk.is_first:
                    if table is not None:
                        entries.append(self._end(table))
                    table = self._begin(chunk.plan)
                assert table is not None
                self._write_chunk(table, chunk, output)
        if table is not None:
            entries.append(self._end(table))
        return entries

    def _begin(self, plan: TablePlan) -> "_TableMember":
        self._progress.begin_table(plan.table.name)
        path = member_name(plan.table.name)
        self._archive.begin(path, longest_csv(plan, self._database) >= LIMIT_32)
        return _TableMember(plan, path, Account(plan.damage))

    def _write_chunk(
        self, table: "_TableMember", chunk: Chunk, output: Output[ChunkResult]
    ) -> None:
        for piece in output.pieces():
            self._archive.write(piece)
            self._progress.advance(bytes_out=len(piece))
        result = output.result()
        table.add(result)
        self._progress.advance(pages=len(chunk.pages), rows=result.account.rows)
        self._refuse_damage(table.account)

    def _end(self, table: "_TableMember") -> TableEntry:
        self._archive.write(END_OF_STREAM)
        self._archive.end(table.crc, table.size)
        self._refuse_damage(table.account)
        warnings = tuple(table_warnings(table.account))
        name = table.plan.table.name
        self._progress.end_table(TableDone(name, table.account.rows, table.size, warnings))
        return TableEntry(table.plan.table, table.path, table.size, table.crc, table.account)

    def _refuse_damage(self, account: Account) -> None:
        for log in (self._database.damage, account.damage):
            if self._options.strict and log.count:
                where = f"{log.table}: " if log.table else ""
                raise DamageRefused(f"strict: {where}{log.entries[0].place()}")

    def refuse_if_nothing_is_left(self, entries: Sequence[TableEntry]) -> None:
        """A ZIP without a row of a database that had some would look like a success."""
        logs = [self._database.damage, *(entry.account.damage for entry in entries)]
        damaged: list[DamageLog] = [log for log in logs if log.count]
        if damaged and not any(entry.account.rows for entry in entries):
            raise UnreadableDatabase(
                "the database is cut off or damaged so far that no row of any table can be read:"
                f" {damaged[-1].entries[0].place()}"
            )

    def write_whole(self, name: str, content: bytes) -> None:
        """A member that is at hand as a whole."""
        level = DEFAULT_LEVEL if self._options.compression is None else self._options.compression
        deflater = ChunkDeflater(level)
        self._archive.begin(name, is_large=False)
        self._archive.write(deflater.compress(content) + deflater.finish() + END_OF_STREAM)
        self._archive.end(crc32(content), len(content))


@dataclass(slots=True)
class _TableMember:
    """A table's CSV while it is being written."""

    plan: TablePlan
    path: str
    account: Account
    size: int = 0
    crc: int = 0

    def add(self, chunk: ChunkResult) -> None:
        self.crc = combine(self.crc, chunk.crc, chunk.size)
        self.size += chunk.size
        self.account.add(chunk.account)


def _warnings(database: Database, entries: Sequence[TableEntry]) -> list[str]:
    names = [entry.table.name for entry in entries]
    warnings = list(database_warnings(database.damage, database.tables, names))
    for entry in entries:
        warnings += table_warnings(entry.account)
    return warnings
