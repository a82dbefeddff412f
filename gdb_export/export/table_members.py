"""The tables of an export, or of a part of it, one after another into the ZIP."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from gdb_export.chunks.chunk_export import ChunkExport, DeflatedBlock
from gdb_export.chunks.chunks import Chunk, ChunkSource, batches
from gdb_export.chunks.ordered_work import OrderedWork, Output
from gdb_export.chunks.spill_buffer import SpillBuffer, SpillStore
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.parts import PartialMember
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress, TableDone
from gdb_export.zip.crc32 import combine
from gdb_export.zip.deflate import END_OF_STREAM
from gdb_export.zip.member_names import member_name
from gdb_export.zip.zip_stream import LIMIT_32, ZipStream


class DamageRefused(FirebirdError):
    """The database is damaged, and the export was told to be strict."""


class TableMembers:
    """Writes members. What belongs to a member that an earlier part began goes to `head`."""

    def __init__(
        self,
        opened: ChunkSource,
        options: ExportOptions,
        progress: Progress,
        archive: ZipStream,
        head: Callable[[bytes], None],
        make_shelf: Callable[[], SpillStore],
    ) -> None:
        self._opened = opened
        self._options = options
        self._progress = progress
        self._archive = archive
        self._head = head
        self._make_shelf = make_shelf

    def write(self, chunks: Sequence[Chunk]) -> list[PartialMember]:
        """The chunks in order, exported by several workers; raises what they raise."""
        order = list(self._opened.reading_order(chunks))
        turns = [chunks[number] for number in order]
        self._opened.will_read(iter(turns))
        pieces: list[PartialMember] = []
        with (
            SpillBuffer(self._make_shelf, self._opened.coalescing_window) as aside,
            self._work(turns) as outputs,
        ):
            exported = zip(order, self._exported(outputs), strict=True)
            for chunk, deflated in zip(chunks, _in_order(exported, aside), strict=True):
                self._write_chunk(pieces, chunk, deflated)
        return pieces

    def _work(self, turns: Sequence[Chunk]) -> OrderedWork[list[Chunk], DeflatedBlock]:
        work = ChunkExport(self._opened, self._options)
        workers = self._options.workers or os.cpu_count() or 1
        tasks = batches(turns, self._opened.contents.page_size)
        return OrderedWork(tasks, work, workers, self._progress.check)

    def _exported(
        self, outputs: Iterable[tuple[list[Chunk], Output[DeflatedBlock]]]
    ) -> Iterator[Iterator[DeflatedBlock]]:
        """The pieces of one chunk after another, each to be taken before the next."""
        for batch, output in outputs:
            deflated = output.pieces()
            for chunk in batch:
                yield self._counted(chunk, deflated)

    def _counted(self, chunk: Chunk, deflated: Iterator[DeflatedBlock]) -> Iterator[DeflatedBlock]:
        """The pieces of this chunk, whose pages count when they have been read."""
        for piece, result in deflated:
            if result is not None:
                self._progress.advance(pages=chunk.work, rows=result.account.rows)
            yield piece, result
            if result is not None:
                return

    def _write_chunk(
        self, pieces: list[PartialMember], chunk: Chunk, deflated: Iterator[DeflatedBlock]
    ) -> None:
        if chunk.is_first or not pieces:
            pieces.append(self._begin(chunk))
        self._go_on(pieces[-1], deflated)
        if chunk.is_last:
            self._end(pieces[-1])

    def _begin(self, chunk: Chunk) -> PartialMember:
        plan = chunk.plan
        self._progress.begin_table(plan.table.name, chunk.is_first)
        # the damage met while planning is told once, by the part that begins the member
        damage = plan.damage if chunk.is_first else DamageLog(plan.table.name)
        is_large = plan.longest_csv() >= LIMIT_32
        if chunk.is_first:
            self._archive.begin(member_name(plan.table.name), is_large)
        return PartialMember(plan.table.name, chunk.is_first, is_large, TableStats(damage))

    def _go_on(self, piece: PartialMember, pieces: Iterator[DeflatedBlock]) -> None:
        for deflated, result in pieces:
            self._write(piece, deflated)
            self._progress.advance(bytes_out=len(deflated))
            if result is not None:
                piece.crc = combine(piece.crc, result.crc, result.size)
                piece.size += result.size
                piece.account.add(result.account)
                self._refuse_damage(piece.account)

    def _write(self, piece: PartialMember, deflated: bytes) -> None:
        piece.packed += len(deflated)
        if piece.begins:
            self._archive.write(deflated)
        else:
            self._head(deflated)

    def _end(self, piece: PartialMember) -> None:
        self._write(piece, END_OF_STREAM)
        piece.ends = True
        if piece.begins:
            self._archive.end(piece.crc, piece.size)
            self._progress.end_table(table_done(piece.table, piece.account, piece.size))

    def _refuse_damage(self, account: TableStats) -> None:
        for log in (self._opened.contents.damage, account.damage):
            if self._options.strict and log.count:
                where = f"{log.table}: " if log.table else ""
                raise DamageRefused(f"strict: {where}{log.entries[0].place()}")


def _in_order(
    exported: Iterable[tuple[int, Iterator[DeflatedBlock]]], aside: SpillBuffer
) -> Iterator[Iterator[DeflatedBlock]]:
    """The pieces of each chunk when it is due; `exported` has the chunks' numbers."""
    due = 0
    for number, deflated in exported:
        if number != due:
            aside.put(number, deflated)
            continue
        yield deflated
        due += 1
        while (piece := aside.take(due)) is not None:
            yield iter([piece])
            due += 1


def table_done(name: str, account: TableStats, size: int) -> TableDone:
    return TableDone(name, account.rows, size, tuple(table_warnings(account)))
