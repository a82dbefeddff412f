"""Database: bytes of a file in, tables, pages, record versions and blobs out. Start here.

Opening reads the header, RDB$PAGES and the catalogue; tables are read on request.
"""

import threading
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.system_rows import SystemRows, catalogue_rows, system_rows
from gdb_export.firebird.catalogue.system_tables import (
    SYSTEM_FIELDS,
    CatalogueRow,
    derived_layout,
    field_alignment,
)
from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, DoubtfulHeader
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.page_opening import open_pages
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.blobs import BlobId, Blobs, blob_item
from gdb_export.firebird.records.formats import (
    Descriptor,
    Format,
    parse_format,
    parse_interbase_format,
)
from gdb_export.firebird.records.records import Records, RecordVersion, checked_image
from gdb_export.firebird.records.transactions import Transactions
from gdb_export.firebird.recovery.lost_table_report import report_lost_names, report_lost_numbers
from gdb_export.firebird.recovery.lost_tables import restore_tables
from gdb_export.firebird.table_pages.page_directory import PageDirectory
from gdb_export.firebird.table_pages.page_list import PageList

if TYPE_CHECKING:
    from gdb_export.firebird.recovery.foreign_schema import ForeignSchema

# Maximum descriptors of all cached formats: about 100 MB
_MAX_DESCRIPTORS = 1_000_000
_SAMPLE_PAGES = 8  # of a table, to check the definitions of another copy


class Database:
    """One open database. Raises only FirebirdError; safe to use from several threads.

    `header` replaces that of the file. `implementation` reads the system tables. `schema` is
    another copy of the database, which gives the definitions that this one has lost. `damage` is
    that of the database as a whole.
    """

    @translate_unexpected
    def __init__(
        self,
        source: Source,
        header: Header | None = None,
        implementation: type[ReferenceSystemRows] = SystemRows,
        schema: "ForeignSchema | None" = None,
    ) -> None:
        self._implementation = implementation
        self._schema = schema
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
        self._formats: dict[bytes, Format] = {}  # by blob id
        self._parsed: dict[bytes, Format] = {}  # by blob content: many are equal
        self._cached_descriptors = 0
        self.blobs = Blobs(self.pages, self._major)
        if self._major in ods.UNRELEASED:
            self.damage.note(ods.UNRELEASED[self._major])
        self._relations = set(range(self._system_relations))
        self.records = self._records({}, DamageLog())
        self.records = self._records(self._read_page_list(), self.damage)
        if self.is_interbase:
            self._read_system_formats()
        catalogue = self._read_catalogue()
        self._database_fields = catalogue.system_fields("RDB$DATABASE")
        self._generator_fields = catalogue.system_fields("RDB$GENERATORS")
        # not kept: it holds bound methods of this object, a reference cycle
        self.tables = catalogue.user_tables()
        if schema is not None:
            self._take_definitions(schema)

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
        if table.kind is not TableKind.TABLE:
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

        Raises Damage unless it is data page `sequence` of the table.
        """
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
            found = dict(self._directory.found_first_pages())
            self._first_pages = {**found, **self._first_pages}
        self._read_blob_page_list(page_list)
        self._relations.update(self._first_pages)
        last = self.header.next_transaction // ods.transactions_per_page(self.pages.page_size)
        if not page_list.inventory:
            found_inventory = self._directory.scan.inventory
            # InterBase releases the first ones
            first = max(last + 1 - len(found_inventory), 0) if self.is_interbase else 0
            return dict(enumerate(found_inventory, first))
        if self.is_interbase:
            return page_list.reused_inventory_pages(self.pages, last)
        return dict(enumerate(page_list.inventory_pages(self.pages, last + 1)))

    def _read_blob_page_list(self, page_list: PageList) -> None:
        """The first pages of the blobs of tables, which only InterBase keeps apart."""
        if self.is_interbase and self.header.ods[0] >= interbase.FIRST_BLOB_PAGES:
            found = dict(self._blob_directory.found_first_pages()) if self.damage.count else {}
            self._first_blob_pages = {**found, **page_list.first_blob_pages}

    def _records(self, inventory: Mapping[int, int], log: DamageLog) -> Records:
        transactions = Transactions.by_header(self.header, self.pages, inventory, log)
        return self._records_of(transactions, log)

    def _records_of(self, transactions: Transactions, log: DamageLog) -> Records:
        return Records(self.pages, self.header.layout_version, transactions, log, self.is_interbase)

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
        if not catalogue.relations and self._schema is None:
            raise DoubtfulHeader(
                "the catalogue (RDB$RELATIONS) can't be read: the file is too damaged to find its"
                " tables"
            )
        for row in catalogue.relations if self.is_interbase else ():
            factors = row.get("DATA_BLOCKING_FACTOR"), row.get("BLOB_BLOCKING_FACTOR")
            for factor, divisors in zip(
                factors, (self._record_divisors, self._blob_divisors), strict=True
            ):
                if factor is not None and factor > 0 and row["RELATION_ID"] is not None:
                    divisors[row["RELATION_ID"]] = factor
        dimension_fields = catalogue.system_fields("RDB$FIELD_DIMENSIONS")
        catalogue.add_dimensions(
            self._derived_rows(ods.RELATION_FIELD_DIMENSIONS, dimension_fields)
        )
        if self.damage.count and self._schema is None:
            self._report_unknown_tables(catalogue.relation_ids(), catalogue.format_relations())
            self._report_unknown_names(catalogue)
        return catalogue

    def _take_definitions(self, schema: "ForeignSchema") -> None:
        """Add the tables whose definitions only the other copy of the database has."""
        scan = self._directory.scan
        found = dict(self._directory.found_first_pages())
        self._first_pages = {**found, **self._first_pages}
        relations = scan.data_pages.keys() | scan.pointer_pages.keys()
        self.tables = schema.complete(self.tables, relations, self._sample_versions, self.damage)
        known = {table.relation for table in self.tables}
        self._relations |= known
        self._report_unknown_tables(known)

    def _sample_versions(self, relation: int) -> Iterator[RecordVersion]:
        """The records of some of a table's data pages that can be read."""
        records = self._records_of(self.records.transactions, DamageLog())
        # not cached: the damage found here is reported where the table is exported
        first = self._first_pages.get(relation)
        page_numbers = self._directory.data_pages(relation, first, DamageLog())
        found = [(sequence, number) for sequence, number in enumerate(page_numbers) if number]
        for sequence, page_number in found[:: max(1, len(found) // _SAMPLE_PAGES)]:
            with suppress(Damage):
                data = self.pages.page(page_number)
                page = self.data_page(relation, sequence, page_number, data)
                for slot in range(page.slots):
                    with suppress(Damage):
                        item = page.item(slot)
                        version = None if item is None else records.visible(item)
                        if version is not None:
                            yield version

    def _restore_tables(self, catalogue: Catalogue) -> None:
        """Restore tables that have pages, but no row in RDB$RELATIONS."""
        scan = self._directory.scan
        found = scan.pointer_pages.keys() | scan.data_pages.keys()
        user_relations = {relation for relation in found if relation >= self._system_relations}
        restore_tables(catalogue, user_relations - catalogue.relation_ids(), self.damage)

    def _report_unknown_tables(self, known: set[int], others: Collection[int] = ()) -> None:
        """Report tables that pages, lists of pages or `others` number, but not the catalogue."""
        scan = self._directory.scan
        data_pages = {relation: found.numbers for relation, found in scan.data_pages.items()}
        found = {*data_pages, *scan.pointer_pages, *self._first_pages, *others}
        numbers = {number for number in found if number >= self._system_relations}
        report_lost_numbers(
            numbers, known, data_pages, self._first_pages, self._count_rows, self.damage
        )

    def _count_rows(self, page_numbers: Sequence[int]) -> int:
        """The number of rows on data pages; what can't be read is not counted."""
        records = self._records_of(self.records.transactions, DamageLog())
        count = 0
        for page_number in page_numbers:
            with suppress(Damage):
                page = DataPage(self.pages.page(page_number), page_number)
                for slot in range(page.slots):
                    with suppress(Damage):
                        item = page.item(slot)
                        count += item is not None and records.visible(item) is not None
        return count

    def _report_unknown_names(self, catalogue: Catalogue) -> None:
        """Report tables that system tables name, but not the catalogue."""
        found = {"RDB$RELATION_FIELDS": [name.object for name, _ in catalogue.nameless_columns()]}
        for system_table, relation in ods.NAMING_RELATIONS.items():
            fields = catalogue.system_fields(system_table)
            rows = self._derived_rows(relation, fields, DamageLog())
            found[system_table] = [str(row.get("RELATION_NAME") or "") for row in rows]
        known = {row["RELATION_NAME"] or "" for row in catalogue.relations}
        report_lost_names(found, known, self.damage)

    @property
    @translate_unexpected
    def default_charset(self) -> str:
        """Name of the default character set, "NONE" if there is none."""
        rows = self._derived_rows(ods.RELATION_DATABASE, self._database_fields)
        name = next(rows, {}).get("CHARACTER_SET_NAME")
        return name if isinstance(name, str) and name else "NONE"

    @property
    @translate_unexpected
    def sequences(self) -> list[str]:
        """The names of the user's sequences (generators)."""
        # damage of the list costs no rows
        rows = self._derived_rows(ods.RELATION_GENERATORS, self._generator_fields, DamageLog())
        names = {str(row["GENERATOR_NAME"]) for row in rows if _is_users(row)}
        return sorted(names)

    def _system_rows(self, relation: int) -> Iterator[CatalogueRow]:
        pages = self._system_pages(relation, self.damage)
        return catalogue_rows(
            relation,
            pages,
            self.header,
            self.records,
            self.damage,
            self._implementation,
            self._system_formats.get(relation, {}),
        )

    def _read_system_formats(self) -> None:
        """The formats of system tables that are in RDB$FORMATS (InterBase)."""
        log = DamageLog()  # the catalogue reads the table again and reports its damage
        pages = self._system_pages(ods.RELATION_FORMATS, log)
        for row in catalogue_rows(ods.RELATION_FORMATS, pages, self.header, self.records, log):
            relation, number, blob_id = row["RELATION_ID"], row["FORMAT"], row["DESCRIPTOR"]
            if relation in SYSTEM_FIELDS and number is not None and blob_id is not None:
                with suppress(Damage):
                    formats = self._system_formats.setdefault(relation, {})
                    formats[number] = self._format_of_blob(blob_id)

    def _derived_rows(
        self,
        relation: int,
        fields: Sequence[tuple[str, Descriptor]],
        log: DamageLog | None = None,
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
        return system_rows(pages, layout, self.header, self.records, log, self._implementation)

    def _system_pages(self, relation: int, log: DamageLog) -> Iterator[DataPage]:
        """The data pages of a system table; damage is logged."""
        for sequence, page_number in enumerate(self._scanned_page_numbers(relation, log)):
            if not page_number:
                continue
            try:
                data = self.pages.page(page_number)
                yield self.data_page(relation, sequence, page_number, data)
            except Damage as damage:
                log.add(damage.at(page_number))

    # ------------------------------------------------------------ formats and blobs
    @translate_unexpected
    def format(self, table: Table, format_number: int) -> Format:
        """The format of the table with that number; raises Damage if there is none."""
        if table.schema_file and self._schema is not None:
            return self._schema.format(table, format_number)
        if format_number == table.format and table.reconstructed_format is not None:
            return table.reconstructed_format
        blob_id = table.formats.get(format_number)
        if blob_id is None:
            raise Damage(f"its format {format_number} does not exist")
        return self._format_of_blob(blob_id)

    def _format_of_blob(self, blob_id: bytes) -> Format:
        cached = self._formats.get(blob_id)
        if cached is not None:
            return cached
        content = self.blob(blob_id)
        parsed = self._parsed.get(content)
        if parsed is None:
            if self.is_interbase:
                parsed = parse_interbase_format(content)
            else:
                parsed = parse_format(content, self._major, self.header.is_amd64)
            self._cached_descriptors += len(parsed.descriptors)
            if self._cached_descriptors > _MAX_DESCRIPTORS:
                self._formats, self._parsed = {}, {}
                self._cached_descriptors = len(parsed.descriptors)
            self._parsed[content] = parsed
        self._formats[blob_id] = parsed
        return parsed

    @translate_unexpected
    def image(self, table: Table, version: RecordVersion) -> tuple[Format, bytes]:
        """The format of a record version, and its image, checked to have the format's length."""
        layout = self.format(table, version.format)
        image = layout.with_encrypted_end(version.image) if self.is_interbase else version.image
        return layout, checked_image(image, layout.length)

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Yield format number, format and record image of every row; damaged rows are left out,
        since they are reported where the table itself is exported."""
        # an own read budget, because lookup tables are read repeatedly
        records = self._records_of(self.records.transactions, DamageLog())
        page_numbers = self._scanned_page_numbers(table.relation, DamageLog())
        for sequence, page_number in enumerate(page_numbers):
            with suppress(Damage):
                data = self.pages.page(page_number) if page_number else b""
                page = self.data_page(table.relation, sequence, page_number, data)
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
        """The content of the blob with that 8-byte id; raises Damage."""
        if blob_id == EMPTY_BLOB:
            return b""
        id_major = interbase.BLOB_ID_MAJOR if self.is_interbase else self._major
        relation, record = BlobId.parse(blob_id, id_major)
        if relation not in self._relations:
            raise Damage(f"names a blob of table number {relation}, which does not exist")
        first_choice, *others = self._slot_divisors(relation)
        try:
            return self.blobs.read(self._blob_item(relation, record, first_choice))
        except Damage:
            for divisor in others:
                with suppress(Damage):
                    return self.blobs.read(self._blob_item(relation, record, divisor))
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
        """The divisor of record numbers of blobs that are among the records of their table; 0 if
        blobs are on own pages or the divisor is not certain."""
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


def _is_users(row: SystemRow) -> bool:
    """Whether a row of RDB$GENERATORS is one of a user's sequences, not of the system or of an
    identity column."""
    return bool(row.get("GENERATOR_NAME")) and not row.get("SYSTEM_FLAG")
