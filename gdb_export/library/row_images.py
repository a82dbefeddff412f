"""The record images of a table's rows in order, from a database or a backup."""

from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.chunks.chunks import Chunk, ChunkSource, TablePlan
from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.table_pages.page_runs import page_batches


class RowImage(NamedTuple):
    """The record image of one row. `page` and `slot` locate it in a database, `offset` in a
    backup."""

    format_number: int
    format: Format
    data: bytes
    page: int | None = None
    slot: int | None = None
    offset: int | None = None

    def located(self, damage: Damage) -> Damage:
        """The same damage with the location of this row."""
        if self.offset is not None:
            return Damage(f"row at byte {self.offset}: {damage}")
        return damage if self.page is None else damage.at(self.page, self.slot)


def row_images(opened: ChunkSource, plan: TablePlan, log: DamageLog) -> Iterator[RowImage]:
    """Yield the images of the rows of a table in the engine's order. Damaged rows are logged and
    left out."""
    opened.will_read(plan.chunks())
    for chunk in plan.chunks():
        if isinstance(opened, PageChunks):
            yield from _of_pages(opened.reader, chunk, log)
        else:
            yield from _of_backup(opened, chunk, log)


def _of_pages(database: Database, chunk: Chunk, log: DamageLog) -> Iterator[RowImage]:
    table = chunk.plan.table
    for batch in page_batches(database.pages, chunk.locations):
        for index, (sequence, page_number) in enumerate(batch.page_refs):
            try:
                data = batch.page(index)
                page = database.data_page(table.relation, sequence, page_number, data)
            except Damage as damage:
                log.add(damage.at(page_number))
                continue
            yield from _of_page(database, table, page, log)


def _of_page(
    database: Database, table: Table, page: DataPage, log: DamageLog
) -> Iterator[RowImage]:
    for slot in range(page.slots):
        try:
            item = page.item(slot)
            version = None if item is None else database.records.visible(item)
            if version is None:
                continue
            layout, data = database.image(table, version)
        except Damage as damage:
            log.add(damage.at(page.number, slot))
            continue
        yield RowImage(version.format, layout, data, page.number, slot)


def _of_backup(opened: ChunkSource, chunk: Chunk, log: DamageLog) -> Iterator[RowImage]:
    # imported late: docs/architecture.md
    from gdb_export.chunks.backup_chunks import BackupChunks
    from gdb_export.firebird.gbak.backup import FORMAT_NUMBER

    assert isinstance(opened, BackupChunks)
    backup, table = opened.reader, chunk.plan.table
    for byte_range in chunk.locations:
        rows = backup.row_reader(table, byte_range)
        layout = backup.format(table, FORMAT_NUMBER)
        while (batch := rows.next_rows(_IMAGES_BYTES)) is not None:
            offsets, images = batch
            if not isinstance(images, bytes):
                log.add(Damage(f"row at byte {offsets[0]}: {images}"))
                continue
            length = len(images) // len(offsets)
            for index, offset in enumerate(offsets):
                data = images[index * length : (index + 1) * length]
                yield RowImage(FORMAT_NUMBER, layout, data, offset=offset)


_IMAGES_BYTES = 1 << 16
