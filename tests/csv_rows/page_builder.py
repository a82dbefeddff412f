"""Data pages made by hand, and what a twin makes of them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import build_page_batch
from gdb_export.firebird.values.text import TextDecoder

WIN1252 = 53


def packed(image: bytes) -> bytes:
    """An image as literal runs."""
    runs = [image[at : at + 127] for at in range(0, len(image), 127)]
    return b"".join(bytes([len(run)]) + run for run in runs)


def record(image: bytes, number: int, transaction: int = 0, flags: int = 0) -> bytes:
    """A record of format `number`."""
    return struct.pack("<IIHHB", transaction, 0, 0, flags, number) + packed(image)


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
class Made:
    """The lines, and what was counted."""

    lines: bytes
    rows: int
    replaced: dict[str, int]
    failures: dict[str, dict[str, object]]
    damage: list[DamageEntry]


def made_of(
    twin: type[ReferenceRows],
    database: Database,
    table: Table,
    page: bytes,
    part: tuple[int, int] = (0, 9),
) -> Made:
    """What a twin makes of a data page of a table; `part` is its sequence and number."""
    database.blobs.bytes_left = 2 * database.page_count * database.page_size
    rows = twin(database, table, TextDecoder(WIN1252))
    rows.account = account = TableStats(DamageLog(table.name))
    page_batch = build_page_batch([([part], page)], database.page_size)
    lines = b"".join(bytes(piece) for piece in rows.lines(page_batch))
    entries = account.damage.entries
    failures = {name: vars(one) for name, one in account.failures.items()}
    return Made(lines, account.rows, account.replaced, failures, entries)
