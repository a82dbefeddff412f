"""Database: a file's bytes in, tables, pages, record versions and blobs out. Start here.

Opening reads the header, RDB$PAGES and the catalogue; tables are read only when asked for.
"""

import threading
from array import array
from collections.abc import Iterator
from contextlib import suppress

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.catalogue.system_rows import Row, system_rows
from gdb_export.firebird.catalogue.system_tables import (
    SystemLayout,
    derived_layout,
    field_alignment,
    system_layout,
)
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, DoubtfulHeader
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.opening import open_pages
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.blobs import BlobId, Blobs, blob_item
from gdb_export.firebird.records.formats import Format, parse_format
from gdb_export.firebird.records.records import Records, RecordVersion, checked_image
from gdb_export.firebird.records.transactions import Transactions
from gdb_export.firebird.recovery.lost_tables import restore_tables
from gdb_export.firebird.table_pages.page_directory import PageDirectory
from gdb_export.firebird.table_pages.page_list import PageList

# Kept at once, of all formats together: some 100 MB
_MAX_DESCRIPTORS = 1_000_000


class Database:
    """One database. Raises FirebirdError and nothing else; safe to use from several threads
    once it is open. `damage` holds what was found wrong with the database as a whole. A header
    that is given stands for that of the file."""

    @translate_unexpected
    def __init__(self, source: Source, header: Header | None = None) -> None:
        self.damage = DamageLog()
        self.header: Header
        self.header, self.pages = open_pages(source, self.damage, header)
        self._major = self.header.layout_major
        self._lock = threading.Lock()
        self._directory = PageDirectory(self.pages, self._major)
        self._numbers: dict[int, array[int]] = {}
        self._first_pages: dict[int, int] = {ods.RELATION_PAGES: self.header.first_pointer_page}
        self._formats: dict[bytes, Format] = {}  # by the id of the blob
        self._parsed: dict[bytes, Format] = {}  # by its content: many tables have the same
        self._descriptors = 0
        self.blobs = Blobs(self.pages)
        self._relations = set(range(ods.SYSTEM_RELATIONS))
        self.records = self._records([], DamageLog())
        self.records = self._records(self._read_page_list(), self.damage)
        self._catalogue = self._read_catalogue()
        self.tables = self._catalogue.user_tables()

    @property
    def ods(self) -> tuple[int, int]:
        return self.header.ods

    @property
    def format_label(self) -> str:
        """The ODS as "10.1"."""
        return f"{self.header.ods[0]}.{self.header.ods[1]}"

    @property
    def page_size(self) -> int:
        return self.header.page_size

    @property
    def page_count(self) -> int:
        return self.pages.page_count

    @property
    def dialect(self) -> int:
        return self.header.dialect

    @property
    def has_wide_arrays(self) -> bool:
        return self.header.layout_major == 10 and self.header.is_amd64

    # ------------------------------------------------------------ pages of tables
    @translate_unexpected
    def data_pages(self, table: Table, log: DamageLog) -> "array[int]":
        """Page numbers by sequence, 0 where there is none; damage on the way goes to `log`."""
        if table.kind is not TableKind.TABLE:
            return array("I")
        return self._page_numbers(table.relation, log)

    @translate_unexpected
    def data_page(self, relation: int, sequence: int, number: int, data: bytes) -> DataPage:
        """A checked view on the bytes of a page that should hold records; raises Damage."""
        if len(data) < self.pages.page_size:
            raise Damage("lies beyond the end of the file", page=number)
        page = DataPage(data, number)
        if page.relation != relation:
            raise Damage(f"a data page of table {page.relation} is here", page=number)
        if page.sequence != sequence:
            raise Damage(f"data page {page.sequence} is here instead of {sequence}", page=number)
        return page

    def _page_numbers(self, relation: int, log: DamageLog) -> "array[int]":
        with self._lock:
            if relation not in self._numbers:
                first = self._first_pages.get(relation)
                self._numbers[relation] = self._directory.data_pages(relation, first, log)
            return self._numbers[relation]

    def _read_page_list(self) -> list[int]:
        """Learn where each table begins; the transaction inventory pages by sequence.

        The rows of RDB$PAGES bear transaction 0, which is always committed.
        """
        listed = PageList.of(self._system_rows(ods.RELATION_PAGES))
        self._first_pages = {**listed.first_pages, **self._first_pages}
        if self.damage.count:
            found = dict(self._directory.found_first_pages())
            self._first_pages = {**found, **self._first_pages}
        self._relations.update(self._first_pages)
        if not listed.inventory:
            return self._directory.scan.inventory
        per_page = ods.transactions_per_page(self.pages.page_size)
        return listed.inventory_pages(self.pages, self.header.next_transaction // per_page + 1)

    def _records(self, inventory: list[int], log: DamageLog) -> Records:
        transactions = Transactions.by_header(self.header, self.pages, inventory, log)
        return Records(self.pages, self.header.ods, transactions, log)

    # ------------------------------------------------------------ catalogue
    def _read_catalogue(self) -> Catalogue:
        catalogue = Catalogue(
            rows=self._system_rows,
            read_format=self._format_of_blob,
            read_blob=self.blob,
            log=self.damage,
            alignment=field_alignment(self.header),
            ods_major=self._major,
        )
        if self.damage.count:
            self._restore_tables(catalogue)
        self._relations.update(catalogue.relation_ids())
        if not catalogue.relations:
            raise DoubtfulHeader(
                "the catalogue (RDB$RELATIONS) can't be read: the file is damaged so far that its"
                " tables can't be found"
            )
        dimensions = self._derived_rows(
            catalogue, ods.RELATION_FIELD_DIMENSIONS, "RDB$FIELD_DIMENSIONS"
        )
        catalogue.add_dimensions(dimensions)
        if self.damage.count:
            self._name_unknown_tables(catalogue.relation_ids())
        return catalogue

    def _restore_tables(self, catalogue: Catalogue) -> None:
        """Tables that have pages, but no row in RDB$RELATIONS."""
        scan = self._directory.scan
        found = scan.pointer_pages.keys() | scan.data_pages.keys()
        unknown = [one for one in found if one >= ods.SYSTEM_RELATIONS]
        restore_tables(catalogue, set(unknown) - catalogue.relation_ids(), self.damage)

    def _name_unknown_tables(self, known: set[int]) -> None:
        """Tables that a damaged catalogue has lost are still told by their data pages."""
        for relation, found in sorted(self._directory.scan.data_pages.items()):
            if relation >= ods.SYSTEM_RELATIONS and relation not in known:
                reason = f"table number {relation} is not in the catalogue: its rows are lost"
                self.damage.add(Damage(reason, found.numbers[0]))

    @property
    @translate_unexpected
    def default_charset(self) -> str:
        """Name of the database's default character set, "NONE" where it has none."""
        rows = self._derived_rows(self._catalogue, ods.RELATION_DATABASE, "RDB$DATABASE")
        name = next(rows, {}).get("CHARACTER_SET_NAME")
        return name if isinstance(name, str) and name else "NONE"

    def _system_rows(self, relation: int) -> Iterator[Row]:
        return self._rows(relation, system_layout(relation, self.header))

    def _derived_rows(self, catalogue: Catalogue, relation: int, name: str) -> Iterator[Row]:
        """Rows of a system table whose layout follows from its columns in the catalogue."""
        fields = catalogue.system_fields(name)
        if not fields:
            return iter(())
        try:
            layout = derived_layout(fields, self.header)
        except Damage as damage:
            self.damage.add(damage)
            return iter(())
        return self._rows(relation, layout)

    def _rows(self, relation: int, layout: SystemLayout) -> Iterator[Row]:
        pages = self._system_pages(relation)
        return system_rows(pages, layout, self.header, self.records, self.damage)

    def _system_pages(self, relation: int) -> Iterator[DataPage]:
        """The data pages of a system table; what is damaged is logged."""
        for sequence, number in enumerate(self._page_numbers(relation, self.damage)):
            if not number:
                continue
            try:
                yield self.data_page(relation, sequence, number, self.pages.page(number))
            except Damage as damage:
                self.damage.add(damage.at(number))

    # ------------------------------------------------------------ formats and blobs
    @translate_unexpected
    def format(self, table: Table, number: int) -> Format:
        """A format of the table; raises Damage if there is none of that number."""
        if number == table.format and table.reconstructed_format is not None:
            return table.reconstructed_format
        blob = table.formats.get(number)
        if blob is None:
            raise Damage(f"its format {number} does not exist")
        return self._format_of_blob(blob)

    def _format_of_blob(self, blob: bytes) -> Format:
        known = self._formats.get(blob)
        if known is not None:
            return known
        content = self.blob(blob)
        parsed = self._parsed.get(content)
        if parsed is None:
            parsed = parse_format(content, self._major, self.header.is_amd64)
            self._descriptors += len(parsed.descriptors)
            if self._descriptors > _MAX_DESCRIPTORS:
                self._formats, self._parsed = {}, {}
                self._descriptors = len(parsed.descriptors)
            self._parsed[content] = parsed
        self._formats[blob] = parsed
        return parsed

    @translate_unexpected
    def image(self, table: Table, version: RecordVersion) -> tuple[Format, bytes]:
        """The format of a record version, and its image checked to be of that length."""
        layout = self.format(table, version.format)
        return layout, checked_image(version.image, layout.length)

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Number of the format, format and image of every row of a table; damaged rows are left
        out, since they are reported where the table itself is read."""
        # a budget of its own: tables that are looked up are read again and again
        records = Records(self.pages, self.header.ods, self.records.transactions, DamageLog())
        numbers = self._page_numbers(table.relation, DamageLog())
        for sequence, number in enumerate(numbers):
            with suppress(Damage):
                data = self.pages.page(number) if number else b""
                page = self.data_page(table.relation, sequence, number, data)
                for slot in range(page.slots):
                    with suppress(Damage):
                        yield from self._image_at(table, page, slot, records)

    def _image_at(
        self, table: Table, page: DataPage, slot: int, records: Records
    ) -> Iterator[tuple[int, Format, bytes]]:
        item = page.item(slot)
        version = None if item is None else records.visible(item)
        if version is not None:
            yield version.format, *self.image(table, version)

    @translate_unexpected
    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob by the 8 bytes of its id; raises Damage."""
        if blob_id == EMPTY_BLOB:
            return b""
        place = BlobId.parse(blob_id, self._major)
        if place.relation not in self._relations:
            raise Damage(f"names a blob of table number {place.relation}, which does not exist")
        numbers = self._page_numbers(place.relation, self.damage)
        sequence, slot = divmod(place.record, ods.records_per_page(self.pages.page_size))
        if sequence >= len(numbers) or not numbers[sequence]:
            raise Damage(f"blob {place.relation}:{place.record} lies on no page of its table")
        return self.blobs.read(self._blob_item(place.relation, sequence, numbers[sequence], slot))

    def _blob_item(self, relation: int, sequence: int, number: int, slot: int) -> bytes:
        """The slot of a blob. What is wrong with its page has no place of its own: the row that
        names the blob has."""
        try:
            page = self.data_page(relation, sequence, number, self.pages.page(number))
            return blob_item(page, slot)
        except Damage as damage:
            raise Damage(f"its blob is lost: {damage}") from damage
