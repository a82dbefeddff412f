"""Builds data pages, and formats them by an implementation of csv_rows."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gdb_export.csv_rows.implementation import MakeRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import PageRef, build_page_batch
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts
from tests.firebird.database_builder import literal_runs

WIN1252 = 53


def record(image: bytes, format_number: int, transaction: int = 0, flags: int = 0) -> bytes:
    """A record of that format."""
    header = struct.pack("<IIHHB", transaction, 0, 0, flags, format_number)
    return header + literal_runs(image)


def data_page(relation: int, page_size: int, items: Sequence[bytes]) -> bytes:
    """The first data page of a table, with these items in its slots."""
    page = bytearray(page_size)
    page[0] = ods.PageType.DATA
    ods.DATA_PAGE.pack_into(page, 16, 0, relation, len(items))
    end = page_size
    for slot, item in enumerate(items):
        end -= len(item)
        page[end : end + len(item)] = item
        ods.SLOT.pack_into(page, ods.DATA_SLOTS + 4 * slot, end, len(item))
    assert end >= ods.DATA_SLOTS + 4 * len(items)
    return bytes(page)


@dataclass(frozen=True)
class FormattedPage:
    """The lines of a page and their statistics."""

    lines: bytes
    rows: int
    texts: dict[str, TextCounts]
    failures: dict[str, dict[str, object]]
    damage: list[DamageEntry]


def format_page(
    make_rows: MakeRows,
    database: Database,
    table: Table,
    page: bytes,
    page_ref: PageRef = (0, 9),
    decoder: TextDecoder | None = None,
) -> FormattedPage:
    """Format a data page of a table."""
    database.blobs.bytes_left = 2 * database.page_count * database.page_size
    rows = make_rows(database, table, decoder or TextDecoder(WIN1252), bytes.hex)
    stats = TableStats(DamageLog(table.name))
    page_batch = build_page_batch([([page_ref], page)], database.page_size)
    lines = b"".join(bytes(data) for data in rows.lines(page_batch, stats))
    failures = {name: vars(failed) for name, failed in stats.failures.items()}
    return FormattedPage(lines, stats.rows, stats.texts, failures, stats.damage.entries)
