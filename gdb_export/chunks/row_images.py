"""The record images of a table's rows in order, from a database or a backup."""

from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.chunks.chunks import Chunk, ChunkSource, TablePlan
from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.database_pages import report_moved
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.table_pages.page_runs import PageBatch, page_batches

_IMAGES_BYTES = 1 << 16  # of a batch of images of a backup


class RowImage(NamedTuple):
    """The record image of one row."""

    format_number: int
    format: Format
    data: bytes
    location: RowLocation


def row_images(source: ChunkSource, plan: TablePlan, log: DamageLog) -> Iterator[RowImage]:
    """Yield the images of the rows of a table in the engine's order. Damaged rows are logged and
    left out."""
    source.will_read(plan.chunks())
    for chunk in plan.chunks():
        yield from chunk_images(source, chunk, log)


def chunk_images(source: ChunkSource, chunk: Chunk, log: DamageLog) -> Iterator[RowImage]:
    """Yield the images of the rows of one chunk; see `row_images`."""
    if isinstance(source, PageChunks):
        table = chunk.plan.table
        for batch in page_batches(source.reader.pages, chunk.locations):
            for index in range(len(batch.page_refs)):
                yield from page_images(source.reader, table, batch, index, log)
    else:
        yield from _of_backup(source, chunk, log)


def page_images(
    database: Database, table: Table, batch: PageBatch, index: int, log: DamageLog
) -> Iterator[RowImage]:
    """Yield the images of the rows on the page at `index` of a batch."""
    sequence, page_number = batch.page_refs[index]
    try:
        page = database.data_page(table.relation, sequence, page_number, batch.page(index))
    except Damage as damage:
        log.add(damage.at(page_number))
        return
    report_moved(page, page_number, log)
    for slot in range(page.slots):
        image = slot_image(database, table, page, slot, log)
        if image is not None:
            yield image


def slot_image(
    database: Database, table: Table, page: DataPage, slot: int, log: DamageLog
) -> RowImage | None:
    """The image of the row that a new transaction sees in a slot. None if there is no such row,
    or if it is damaged, which is logged."""
    try:
        item = page.item(slot)
        version = None if item is None else database.records.visible(item, page.relation)
        if version is None:
            return None
        layout, data = database.image(table, version)
    except Damage as damage:
        log.add(damage.at(page.number, slot))
        return None
    return RowImage(version.format, layout, data, RowLocation(page.number, slot))


def _of_backup(source: ChunkSource, chunk: Chunk, log: DamageLog) -> Iterator[RowImage]:
    # imported late: docs/architecture.md
    from gdb_export.chunks.backup_chunks import BackupChunks
    from gdb_export.firebird.gbak.backup import FORMAT_NUMBER

    assert isinstance(source, BackupChunks)
    backup, table = source.reader, chunk.plan.table
    for byte_range in chunk.locations:
        rows = backup.row_reader(table, byte_range)
        layout = backup.format(table, FORMAT_NUMBER)
        while (batch := rows.next_rows(_IMAGES_BYTES)) is not None:
            offsets, images = batch
            if not isinstance(images, bytes):
                log.add(RowLocation(offset=offsets[0]).locate(images))
                continue
            length = len(images) // len(offsets)
            for index, offset in enumerate(offsets):
                data = images[index * length : (index + 1) * length]
                yield RowImage(FORMAT_NUMBER, layout, data, RowLocation(offset=offset))
