"""Writes the CSVs of tables as members of a ZIP, or of one part of a ZIP."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from gdb_export.chunks.chunk_export import ChunkExport, DeflatedBlock
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.ordered_work import Emit, OrderedWork, Output
from gdb_export.chunks.sizes import batches
from gdb_export.chunks.spill_buffer import SpillBuffer, SpillStore
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.strictness import refuse_damage
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.options import EXCEL, ExportOptions
from gdb_export.progress import Progress, TableDone
from gdb_export.zip.deflate import END_OF_STREAM, combine_crc32
from gdb_export.zip.member_names import member_name
from gdb_export.zip.zip_stream import LIMIT_32

# Entries of damage that an export keeps: of all tables together, and of each table even beyond
# that. Further ones are only counted: memory can't hold a thousand for each of thousands of tables.
_MAX_ENTRIES, _MIN_ENTRIES = 20_000, 10


class MemberSink(Protocol):
    """Takes the members one after the other, as ZipStream does."""

    def begin(self, name: str, is_large: bool) -> None: ...

    def write(self, deflated: bytes) -> None: ...

    def end(self, crc: int, size: int) -> None: ...


# The dialect for Excel makes fields longer, at most by this factor: `5` becomes `"=""5"""`, and
# each quote in a protected text becomes four
EXCEL_GROWTH = 10


class PartialMember:
    """The bytes of one table's member that lie in one part of the ZIP.

    `packed` is the length of its deflate data in bytes; `size` and `crc` are those of its CSV.
    `begins` and `ends`: the part holds the member's first and last bytes.
    """

    def __init__(self, table: str, begins: bool, is_large: bool, stats: TableStats) -> None:
        self.table = table
        self.begins = begins
        self.is_large = is_large
        self.stats = stats
        self.ends = False
        self.packed = self.size = self.crc = 0


class MemberWriter:
    """Exports chunks by several workers and writes their output in order.

    `write_head` takes the bytes of a member that an earlier part of the ZIP began; all others go
    to `archive`.
    """

    def __init__(
        self,
        source: ChunkSource,
        options: ExportOptions,
        progress: Progress,
        archive: MemberSink,
        write_head: Callable[[bytes], None],
        make_spill_store: Callable[[], SpillStore],
    ) -> None:
        self._source = source
        self._options = options
        self._progress = progress
        self._archive = archive
        self._write_head = write_head
        self._make_spill_store = make_spill_store
        self._entries_left = _MAX_ENTRIES

    def write(self, chunks: Sequence[Chunk]) -> list[PartialMember]:
        """Write the chunks in order; raises the errors of the workers, and DamageRefused."""
        order = self._reading_order(chunks)
        chunks_as_read = [chunks[index] for index in order]
        self._source.will_read(iter(chunks_as_read))
        members: list[PartialMember] = []
        with (
            SpillBuffer(self._make_spill_store, self._source.coalescing_window) as spill,
            self._work(chunks_as_read) as outputs,
        ):
            exported = zip(order, self._exported(outputs), strict=True)
            for chunk, blocks in zip(chunks, _in_order(exported, spill), strict=True):
                self._write_chunk(members, chunk, blocks)
        return members

    def _reading_order(self, chunks: Sequence[Chunk]) -> list[int]:
        """The indexes of the chunks in the order in which they are read."""
        return list(self._source.reading_order(chunks))

    def _chunk_work(self) -> Callable[[list[Chunk], Emit[Any]], None]:
        """The work of a worker: it emits the deflated blocks of chunks. A subclass may emit other
        pieces too, which its `_deflated` must remove."""
        return ChunkExport(self._source, self._options)

    def _deflated(self, pieces: Iterator[Any]) -> Iterator[DeflatedBlock]:
        """The deflated blocks among the pieces."""
        return pieces

    def _work(self, chunks_as_read: Sequence[Chunk]) -> OrderedWork[list[Chunk], Any]:
        work = self._chunk_work()
        workers = self._options.workers or os.cpu_count() or 1
        tasks = batches(chunks_as_read, self._source.reader.page_size)
        return OrderedWork(tasks, work, workers, self._progress.check)

    def _exported(
        self, outputs: Iterable[tuple[list[Chunk], Output[Any]]]
    ) -> Iterator[Iterator[DeflatedBlock]]:
        """The blocks of each chunk; they must be consumed before the next chunk is requested."""
        for batch, output in outputs:
            blocks = self._deflated(output.pieces())
            for chunk in batch:
                yield self._counted(chunk, blocks)

    def _counted(self, chunk: Chunk, blocks: Iterator[DeflatedBlock]) -> Iterator[DeflatedBlock]:
        """The blocks of this chunk. Its pages and rows are counted with its last block."""
        for deflated, result in blocks:
            if result is not None:
                self._progress.advance(pages=chunk.work, rows=result.stats.rows)
            yield deflated, result
            if result is not None:
                return

    def _write_chunk(
        self, members: list[PartialMember], chunk: Chunk, blocks: Iterator[DeflatedBlock]
    ) -> None:
        if chunk.is_first or not members:
            members.append(self._begin(chunk))
        self._continue(members[-1], blocks)
        if chunk.is_last:
            self._end(members[-1])

    def _begin(self, chunk: Chunk) -> PartialMember:
        plan = chunk.plan
        self._progress.begin_table(plan.table.name, chunk.is_first)
        # Damage found by planning is reported once, by the part that begins the member.
        damage = plan.damage if chunk.is_first else DamageLog(plan.table.name)
        growth = EXCEL_GROWTH if self._options.dialect == EXCEL else 1
        is_large = growth * plan.max_csv_bytes() >= LIMIT_32
        if chunk.is_first:
            self._archive.begin(member_name(plan.table.name), is_large)
        stats = TableStats(damage)
        stats.pages = plan.pages
        return PartialMember(plan.table.name, chunk.is_first, is_large, stats)

    def _continue(self, member: PartialMember, blocks: Iterator[DeflatedBlock]) -> None:
        for deflated, result in blocks:
            self._write(member, deflated)
            self._progress.advance(bytes_out=len(deflated))
            if result is not None:
                member.crc = combine_crc32(member.crc, result.crc, result.size)
                member.size += result.size
                member.stats.add(result.stats)
                refuse_damage(self._options, self._source.reader.damage, member.stats)

    def _write(self, member: PartialMember, deflated: bytes) -> None:
        member.packed += len(deflated)
        if member.begins:
            self._archive.write(deflated)
        else:
            self._write_head(deflated)

    def _end(self, member: PartialMember) -> None:
        self._write(member, END_OF_STREAM)
        member.ends = True
        damage = member.stats.damage
        damage.keep(max(_MIN_ENTRIES, self._entries_left))
        self._entries_left -= len(damage.entries)
        if member.begins:
            self._archive.end(member.crc, member.size)
            warnings = tuple(table_warnings(member.stats))
            self._progress.end_table(
                TableDone(member.table, member.stats.rows, member.size, warnings)
            )


def no_head(data: bytes) -> None:
    """Takes the place of `write_head` in an export by one task."""
    raise AssertionError("the only part of a ZIP continues no member of an earlier part")


def _in_order(
    exported: Iterable[tuple[int, Iterator[DeflatedBlock]]], spill: SpillBuffer
) -> Iterator[Iterator[DeflatedBlock]]:
    """The blocks of the chunks in export order. `exported` has the chunks in reading order, each
    with its index in export order; chunks that come too early wait in `spill`."""
    next_index = 0
    for index, blocks in exported:
        if index != next_index:
            spill.put(index, blocks)
            continue
        yield blocks
        next_index += 1
        while (block := spill.take(next_index)) is not None:
            yield iter([block])
            next_index += 1
