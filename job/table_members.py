"""The tables of an export, or of a part of it, one after another into the ZIP."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from job.chunk_export import ChunkExport, ChunkPiece
from job.chunks import Chunk, ChunkSource, batches
from job.crc32 import combine
from job.csv_rows.account import Account
from job.deflate import END_OF_STREAM
from job.firebird.damage import DamageLog
from job.firebird.errors import FirebirdError
from job.member_names import member_name
from job.options import ExportOptions
from job.ordered_work import OrderedWork, Output
from job.parts import MemberPiece
from job.progress import Progress, TableDone
from job.put_aside import PutAside, Shelf
from job.warning_texts import table_warnings
from job.zip_stream import LIMIT_32, ZipStream


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
        make_shelf: Callable[[], Shelf],
    ) -> None:
        self._opened = opened
        self._options = options
        self._progress = progress
        self._archive = archive
        self._head = head
        self._make_shelf = make_shelf

    def write(self, chunks: Sequence[Chunk]) -> list[MemberPiece]:
        """The chunks in order, exported by several workers; raises what they raise."""
        order = list(self._opened.reading_order(chunks))
        turns = [chunks[number] for number in order]
        self._opened.will_read(iter(turns))
        pieces: list[MemberPiece] = []
        with PutAside(self._make_shelf, self._opened.sweep) as aside, self._work(turns) as outputs:
            exported = zip(order, self._exported(outputs), strict=True)
            for chunk, deflated in zip(chunks, _in_order(exported, aside), strict=True):
                self._write_chunk(pieces, chunk, deflated)
        return pieces

    def _work(self, turns: Sequence[Chunk]) -> OrderedWork[list[Chunk], ChunkPiece]:
        work = ChunkExport(self._opened, self._options)
        workers = self._options.workers or os.cpu_count() or 1
        tasks = batches(turns, self._opened.contents.page_size)
        return OrderedWork(tasks, work, workers, self._progress.check)

    def _exported(
        self, outputs: Iterable[tuple[list[Chunk], Output[ChunkPiece]]]
    ) -> Iterator[Iterator[ChunkPiece]]:
        """The pieces of one chunk after another, each to be taken before the next."""
        for batch, output in outputs:
            deflated = output.pieces()
            for chunk in batch:
                yield self._counted(chunk, deflated)

    def _counted(self, chunk: Chunk, deflated: Iterator[ChunkPiece]) -> Iterator[ChunkPiece]:
        """The pieces of this chunk, whose pages count when they have been read."""
        for piece, result in deflated:
            if result is not None:
                self._progress.advance(pages=chunk.work, rows=result.account.rows)
            yield piece, result
            if result is not None:
                return

    def _write_chunk(
        self, pieces: list[MemberPiece], chunk: Chunk, deflated: Iterator[ChunkPiece]
    ) -> None:
        if chunk.is_first or not pieces:
            pieces.append(self._begin(chunk))
        self._go_on(pieces[-1], deflated)
        if chunk.is_last:
            self._end(pieces[-1])

    def _begin(self, chunk: Chunk) -> MemberPiece:
        plan = chunk.plan
        self._progress.begin_table(plan.table.name, chunk.is_first)
        # the damage met while planning is told once, by the part that begins the member
        damage = plan.damage if chunk.is_first else DamageLog(plan.table.name)
        is_large = plan.longest_csv() >= LIMIT_32
        if chunk.is_first:
            self._archive.begin(member_name(plan.table.name), is_large)
        return MemberPiece(plan.table.name, chunk.is_first, is_large, Account(damage))

    def _go_on(self, piece: MemberPiece, pieces: Iterator[ChunkPiece]) -> None:
        for deflated, result in pieces:
            self._write(piece, deflated)
            self._progress.advance(bytes_out=len(deflated))
            if result is not None:
                piece.crc = combine(piece.crc, result.crc, result.size)
                piece.size += result.size
                piece.account.add(result.account)
                self._refuse_damage(piece.account)

    def _write(self, piece: MemberPiece, deflated: bytes) -> None:
        piece.packed += len(deflated)
        if piece.begins:
            self._archive.write(deflated)
        else:
            self._head(deflated)

    def _end(self, piece: MemberPiece) -> None:
        self._write(piece, END_OF_STREAM)
        piece.ends = True
        if piece.begins:
            self._archive.end(piece.crc, piece.size)
            self._progress.end_table(table_done(piece.table, piece.account, piece.size))

    def _refuse_damage(self, account: Account) -> None:
        for log in (self._opened.contents.damage, account.damage):
            if self._options.strict and log.count:
                where = f"{log.table}: " if log.table else ""
                raise DamageRefused(f"strict: {where}{log.entries[0].place()}")


def _in_order(
    exported: Iterable[tuple[int, Iterator[ChunkPiece]]], aside: PutAside
) -> Iterator[Iterator[ChunkPiece]]:
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


def table_done(name: str, account: Account, size: int) -> TableDone:
    return TableDone(name, account.rows, size, tuple(table_warnings(account)))
