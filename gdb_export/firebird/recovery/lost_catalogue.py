"""Reports the remains of a database whose header and catalogue are lost."""

from collections.abc import Iterable
from contextlib import suppress

from gdb_export.firebird.catalogue.system_rows import catalogue_layout
from gdb_export.firebird.catalogue.system_tables import (
    SYSTEM_FIELDS,
    SystemLayout,
    layouts_by_length,
)
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, FirebirdError, UnreadableDatabase
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.records import Records
from gdb_export.firebird.records.transactions import Transactions
from gdb_export.firebird.recovery.salvage import FoundPages, Scan, scan_pages

_MAX_CHECKED_PAGES = 64  # of each system table


def reject_lost_catalogue(source: Source, headers: Iterable[Header]) -> None:
    """Raise UnreadableDatabase if data pages of tables are left, but no catalogue to read them.

    `headers` are the headers that the pages allow; no table can be read with any of them.
    """
    candidates = list(headers)
    if not candidates:
        return
    pages = PageFile(source, candidates[0], DamageLog())
    scan = scan_pages(pages, candidates[0].layout_major)
    page_counts = {
        relation: len(data_pages.numbers)
        for relation, data_pages in scan.data_pages.items()
        if relation >= ods.SYSTEM_RELATIONS
    }
    if not page_counts:
        return
    header = max(candidates, key=lambda header: _fitting_records(header, pages, scan))
    count, tables = sum(page_counts.values()), len(page_counts)
    left = f"{count} data page{'s' * (count > 1)} of {tables} table{'s' * (tables > 1)}"
    raise UnreadableDatabase(
        f"{_lost_parts(source)} lost: {left} of a database of ODS"
        f" {header.format_label} {'are' if count > 1 else 'is'} left; read what is left"
        " with the definitions of another copy of the same database (--schema-from COPY.GDB)"
    )


def _lost_parts(source: Source) -> str:
    """The subject and verb of the message: what is lost."""
    try:
        parse_header(source.read(0, ods.HEADER_BYTES))
    except FirebirdError:
        return "the header page and the catalogue are"
    return "the catalogue is"


def _fitting_records(header: Header, pages: PageFile, scan: Scan) -> int:
    """How well records of system tables fit this header's version: see `_fitting_of_table`."""
    inventory = dict(enumerate(scan.inventory))
    transactions = Transactions.by_header(header, pages, inventory, DamageLog())
    records = Records(pages, header.layout_version, transactions, DamageLog(), header.is_interbase)
    return sum(
        _fitting_of_table(relation, data_pages, header, pages, records)
        for relation, data_pages in scan.data_pages.items()
        if relation in SYSTEM_FIELDS
    )


def _fitting_of_table(
    relation: int, data_pages: FoundPages, header: Header, pages: PageFile, records: Records
) -> int:
    """The sum of the `_weights` of the record lengths on the first pages of a system table."""
    layout = catalogue_layout(relation, header)
    weights = _weights(layout, header)
    count = 0
    for page_number in data_pages.numbers[:_MAX_CHECKED_PAGES]:
        with suppress(Damage):
            page = DataPage(pages.page(page_number), page_number)
            for slot in range(page.slots):
                with suppress(Damage):
                    item = page.item(slot)
                    version = None if item is None else records.visible(item)
                    if version is not None:
                        count += weights.get(len(version.image), 0)
    return count


def _weights(layout: SystemLayout, header: Header) -> dict[int, int]:
    """2 for the length of a record of the whole layout, 1 for that of an older minor version."""
    older = dict.fromkeys(layouts_by_length(layout, header), 1)
    return {**older, layout.format.length: 2}
