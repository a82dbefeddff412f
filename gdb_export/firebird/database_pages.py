"""The pages of an open database: of tables, system tables and blobs, by relation number."""

import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TypeVar

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.system_rows import SystemRows, catalogue_rows, system_rows
from gdb_export.firebird.catalogue.system_tables import USED_FIELDS, CatalogueRow, derived_layout
from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.page_opening import open_pages
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.blobs import BlobId, Blobs, blob_item
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.large_blobs import LargeBlob
from gdb_export.firebird.records.records import Records
from gdb_export.firebird.records.transactions import Transactions
from gdb_export.firebird.table_pages.page_directory import PageDirectory
from gdb_export.firebird.table_pages.page_list import PageList

Content = TypeVar("Content", bytes, bytes | LargeBlob)


class DatabasePages:
    """The header, the pages and the transactions of a database; safe to use from several threads.

    `header` replaces that of the file. `implementation` reads the system tables. `damage` is that
    of the database as a whole.
    """

    @translate_unexpected
    def __init__(
        self,
        source: Source,
        header: Header | None = None,
        implementation: type[ReferenceSystemRows] = SystemRows,
    ) -> None:
        self._implementation = implementation
        self.damage = DamageLog()
        self.header: Header
        self.header, self.pages = open_pages(source, self.damage, header)
        self.is_interbase = self.header.is_interbase
        self._major = self.header.layout_major
        self._system_relations = (
            interbase.SYSTEM_RELATIONS if self.is_interbase else ods.SYSTEM_RELATIONS
        )
        self._lock = threading.Lock()
        self._directory = self._page_directory(PageType.POINTER)
        self._data_pages: dict[int, array[int]] = {}
        self._first_pages: dict[int, int] = {ods.RELATION_PAGES: self.header.first_pointer_page}
        self._blob_directory = self._page_directory(PageType.BLOB_POINTER)
        self._blob_pages: dict[int, array[int]] = {}
        self._first_blob_pages: dict[int, int] = {}
        # divisors of record numbers by table, where the catalogue has them
        self._blob_divisors: dict[int, int] = {}
        self._record_divisors: dict[int, int] = {}
        self._system_formats: dict[int, dict[int, Format]] = {}
        self.blobs = Blobs(self.pages, self._major)
        if self._major in ods.UNRELEASED:
            self.damage.note(ods.UNRELEASED[self._major])
        self._relations = set(range(self._system_relations))
        self.records = self._records({}, DamageLog())
        self.records = self._records(self._read_page_list(), self.damage)

    @property
    def ods(self) -> tuple[int, int]:
        """The version of Firebird's ODS whose rules apply."""
        return self.header.layout_version

    @property
    def format_label(self) -> str:
        """The ODS version, for example "10.1" or "13.2 (InterBase 2009)"."""
        return self.header.format_label

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
        """Numbers of the table's data pages by sequence, 0 for missing ones. Logs damage."""
        if table.kind not in (TableKind.TABLE, TableKind.SYSTEM):
            return array("I")
        return self._scanned_page_numbers(table.relation, log)

    @translate_unexpected
    def data_page(
        self,
        relation: int,
        sequence: int,
        page_number: int,
        data: bytes,
        page_type: PageType = PageType.DATA,
    ) -> DataPage:
        """A checked view on `data`, the bytes of the page.

        Raises Damage unless it is data page `sequence` of the table. If that page is in another
        position of the file, the view is on it, and its number differs from `page_number`.
        """
        try:
            return self._data_page_here(relation, sequence, page_number, data, page_type)
        except Damage:
            moved = self._moved_data_page(relation, sequence, page_number)
            if moved is None or page_type is not PageType.DATA:
                raise
            return moved

    def _moved_data_page(self, relation: int, sequence: int, page_number: int) -> DataPage | None:
        """Data page `sequence` of the table in another position than `page_number`."""
        with self._lock:
            position = self._directory.moved_data_page(relation, sequence, page_number)
        with suppress(Damage):
            if position not in (0, page_number):
                data = self.pages.page(position)
                return self._data_page_here(relation, sequence, position, data, PageType.DATA)
        return None

    def _data_page_here(
        self, relation: int, sequence: int, page_number: int, data: bytes, page_type: PageType
    ) -> DataPage:
        if len(data) < self.pages.page_size:
            raise Damage("lies beyond the end of the file", page=page_number)
        page = DataPage(data, page_number, page_type)
        if page.relation != relation:
            raise Damage(f"a data page of table {page.relation} is here", page=page_number)
        if page.sequence != sequence:
            raise Damage(
                f"data page {page.sequence} is here instead of {sequence}", page=page_number
            )
        return page

    def _scanned_page_numbers(self, relation: int, log: DamageLog) -> "array[int]":
        """The data pages that a scan of the table reads; 0 for missing and for reserved ones."""
        page_numbers = self._page_numbers(relation, log)
        reserved = self._directory.reserved_pages
        if reserved.isdisjoint(page_numbers):
            return page_numbers
        return array("I", [0 if number in reserved else number for number in page_numbers])

    @translate_unexpected
    def relation_pages(self, relation: int) -> "array[int]":
        """As `data_pages`, for any table by its number; damage is not logged."""
        return self._page_numbers(relation, DamageLog())

    @translate_unexpected
    def index_root_pages(self) -> dict[int, int]:
        """The index root pages by table number, from RDB$PAGES."""
        return {
            row["RELATION_ID"]: row["PAGE_NUMBER"]
            for row in self._system_rows(ods.RELATION_PAGES)
            if row["PAGE_TYPE"] == PageType.INDEX_ROOT
            and row["RELATION_ID"] is not None
            and row["PAGE_NUMBER"]
        }

    @translate_unexpected
    def sequence_value(self, generator: int) -> int | None:
        """The present value of a sequence by its id; None if its page is lost."""
        per_page = (self.page_size - ods.GENERATOR_VALUES[self._major]) // ods.GENERATOR.size
        page_sequence, index = divmod(generator, per_page)
        with suppress(Damage):
            page_number = self._generator_pages.get(page_sequence)
            if page_number is not None:
                page = self.pages.page(page_number)
                if page[0] == PageType.GENERATORS:
                    offset = ods.GENERATOR_VALUES[self._major] + index * ods.GENERATOR.size
                    (value,) = ods.GENERATOR.unpack_from(page, offset)
                    return int(value)
        return None

    @cached_property
    def _generator_pages(self) -> dict[int, int]:
        """The pages of sequences' values by their sequence, from RDB$PAGES."""
        return {
            row["PAGE_SEQUENCE"]: row["PAGE_NUMBER"]
            for row in self._system_rows(ods.RELATION_PAGES, DamageLog())
            if row["PAGE_TYPE"] == PageType.GENERATORS
            and row["PAGE_SEQUENCE"] is not None
            and row["PAGE_NUMBER"]
        }

    def record_divisor(self, relation: int) -> int:
        """The divisor of record numbers: number = sequence of the page * divisor + slot."""
        if relation in self._record_divisors:
            return self._record_divisors[relation]
        if not self.is_interbase:
            return ods.records_per_page(self.pages.page_size)
        return interbase.slot_divisors(self.header.ods[0], self.pages.page_size)[0]

    def _page_numbers(self, relation: int, log: DamageLog) -> "array[int]":
        with self._lock:
            if relation not in self._data_pages:
                first = self._first_pages.get(relation)
                self._data_pages[relation] = self._directory.data_pages(relation, first, log)
            return self._data_pages[relation]

    def _page_directory(self, page_type: PageType) -> PageDirectory:
        excluded_flags = interbase.VERSION_PAGE if self.is_interbase else 0
        return PageDirectory(self.pages, self._major, page_type, excluded_flags)

    def _read_page_list(self) -> dict[int, int]:
        """Read the first pages of all tables; return the transaction inventory pages by sequence.

        The rows of RDB$PAGES have transaction 0, which is always committed.
        """
        page_list = PageList.of(self._system_rows(ods.RELATION_PAGES))
        self._first_pages = {**page_list.first_pages, **self._first_pages}
        if self.damage.count:
            self._first_pages = {**dict(self._directory.found_first_pages()), **self._first_pages}
        self._read_blob_page_list(page_list)
        self._relations.update(self._first_pages)
        last = self.header.next_transaction // ods.transactions_per_page(self.pages.page_size)
        if not page_list.inventory:
            found_inventory = self._directory.scan.inventory
            # InterBase releases the first inventory pages
            first = max(last + 1 - len(found_inventory), 0) if self.is_interbase else 0
            return dict(enumerate(found_inventory, first))
        if self.is_interbase:
            return page_list.reused_inventory_pages(self.pages, last)
        return dict(enumerate(page_list.inventory_pages(self.pages, last + 1)))

    def _read_blob_page_list(self, page_list: PageList) -> None:
        """The first pages of the blobs of tables, which only InterBase keeps apart."""
        if self.is_interbase and self.header.ods[0] >= interbase.FIRST_BLOB_PAGES:
            if self.damage.count:
                self._first_blob_pages = dict(self._blob_directory.found_first_pages())
            self._first_blob_pages |= page_list.first_blob_pages

    def _records(self, inventory: Mapping[int, int], log: DamageLog) -> Records:
        transactions = Transactions.by_header(self.header, self.pages, inventory, log)
        return self._records_of(transactions, log)

    def _records_of(self, transactions: Transactions, log: DamageLog) -> Records:
        return Records(self.pages, self.header.layout_version, transactions, log, self.is_interbase)

    # ------------------------------------------------------------ rows of system tables
    def _system_rows(
        self,
        relation: int,
        log: DamageLog | None = None,
        wanted: frozenset[str] = USED_FIELDS,
    ) -> Iterator[CatalogueRow]:
        """The wanted fields of the rows of one of the tables in SYSTEM_FIELDS."""
        log = self.damage if log is None else log
        pages = self._system_pages(relation, log)
        return catalogue_rows(
            relation,
            pages,
            self.header,
            self.records,
            log,
            self._implementation,
            self._system_formats.get(relation, {}),
            wanted,
        )

    def _derived_rows(
        self,
        relation: int,
        fields: Sequence[tuple[str, Descriptor]],
        log: DamageLog | None = None,
        wanted: frozenset[str] = USED_FIELDS,
    ) -> Iterator[SystemRow]:
        """Rows of a system table whose layout follows from its fields in the catalogue."""
        log = self.damage if log is None else log
        if not fields:
            return iter(())
        try:
            layout = derived_layout(fields, self.header)
        except Damage as damage:
            log.add(damage)
            return iter(())
        pages = self._system_pages(relation, log)
        return system_rows(
            pages, layout, self.header, self.records, log, self._implementation, wanted=wanted
        )

    def _system_pages(self, relation: int, log: DamageLog) -> Iterator[DataPage]:
        """The data pages of a system table; damage is logged."""
        for sequence, page_number in enumerate(self._scanned_page_numbers(relation, log)):
            if not page_number:
                continue
            try:
                data = self.pages.page(page_number)
                page = self.data_page(relation, sequence, page_number, data)
            except Damage as damage:
                log.add(damage.at(page_number))
                continue
            report_moved(page, page_number, log)
            yield page

    # ------------------------------------------------------------ blobs
    @translate_unexpected
    def blob(self, blob_id: bytes) -> bytes:
        """The content of the blob with that 8-byte id; raises Damage."""
        return b"" if blob_id == EMPTY_BLOB else self._blob_by(self.blobs.read, blob_id)

    @translate_unexpected
    def open_blob(self, blob_id: bytes) -> bytes | LargeBlob:
        """The content, or a LargeBlob if it is too long to be held in memory; raises Damage."""
        return b"" if blob_id == EMPTY_BLOB else self._blob_by(self._open_item, blob_id)

    def _open_item(self, item: bytes) -> bytes | LargeBlob:
        """Open a blob. A large one is read once if the divisor is not certain: damage shows that
        the item belongs to another blob."""
        blob = self.blobs.open(item)
        if isinstance(blob, LargeBlob) and not self.blob_divisor:
            for _ in blob.parts():
                pass
        return blob

    def _blob_by(self, read: Callable[[bytes], Content], blob_id: bytes) -> Content:
        """Call `read` with the item of the blob with that id; return its result."""
        id_major = interbase.BLOB_ID_MAJOR if self.is_interbase else self._major
        relation, record = BlobId.parse(blob_id, id_major)
        if relation not in self._relations:
            raise Damage(f"names a blob of table number {relation}, which does not exist")
        first_choice, *others = self._slot_divisors(relation)
        try:
            return read(self._blob_item(relation, record, first_choice))
        except Damage:
            for divisor in others:
                with suppress(Damage):
                    return read(self._blob_item(relation, record, divisor))
            raise

    def _slot_divisors(self, relation: int) -> Sequence[int]:
        """Divisors that give sequence and slot of a blob's record number, the likely one first."""
        if not self.is_interbase:
            return (ods.records_per_page(self.pages.page_size),)
        if relation in self._blob_divisors:
            return (self._blob_divisors[relation],)
        return interbase.slot_divisors(self.header.ods[0], self.pages.page_size)

    @property
    def blob_divisor(self) -> int:
        """The divisor of record numbers of blobs that are among the records of their table.

        It is 0 if blobs have pages of their own or the divisor is not certain.
        """
        has_own_pages = self.is_interbase and self.header.ods[0] >= interbase.FIRST_BLOB_PAGES
        divisor, *others = self._slot_divisors(0)
        return 0 if has_own_pages or others else divisor

    def _blob_page_numbers(self, relation: int) -> "tuple[PageType, array[int]]":
        """Type and numbers of the pages that hold the blobs of a table."""
        first = self._first_blob_pages.get(relation)
        if not self.is_interbase or self.header.ods[0] < interbase.FIRST_BLOB_PAGES:
            return PageType.DATA, self._page_numbers(relation, self.damage)
        if first is None and not self.damage.count:
            raise Damage(f"names a blob of table number {relation}, which has no pages for blobs")
        with self._lock:
            if relation not in self._blob_pages:
                numbers = self._blob_directory.data_pages(relation, first, self.damage)
                self._blob_pages[relation] = numbers
            return PageType.BLOB_DATA, self._blob_pages[relation]

    def _blob_item(self, relation: int, record: int, divisor: int) -> bytes:
        """The item of a blob. Damage is raised without page and slot, because the reported
        location is that of the row with the blob's id."""
        page_type, page_numbers = self._blob_page_numbers(relation)
        sequence, slot = divmod(record, divisor)
        if sequence >= len(page_numbers) or not page_numbers[sequence]:
            raise Damage(f"blob {relation}:{record} lies on no page of its table")
        page_number = page_numbers[sequence]
        try:
            data = self.pages.page(page_number)
            page = self.data_page(relation, sequence, page_number, data, page_type)
            return blob_item(page, slot)
        except Damage as damage:
            raise Damage(f"its blob is lost: {damage}") from damage


def report_moved(page: DataPage, page_number: int, log: DamageLog) -> None:
    """Report a data page that was found in another position than `page_number`; costs no rows."""
    if page.number != page_number:
        log.add(Damage(f"data page {page.sequence} is at page {page.number}, not {page_number}"))
