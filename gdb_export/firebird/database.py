"""Database: bytes of a file in, tables, pages, record versions and blobs out. Start here.

Opening reads the header, RDB$PAGES and the catalogue; tables are read on request.
"""

import threading
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.system_rows import SystemRows, catalogue_rows, system_rows
from gdb_export.firebird.catalogue.system_tables import (
    CatalogueRow,
    derived_layout,
    field_alignment,
)
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, DoubtfulHeader
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.page_opening import open_pages
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.blobs import BlobId, Blobs, blob_item
from gdb_export.firebird.records.formats import Descriptor, Format, parse_format
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
        self._major = self.header.layout_major
        self._lock = threading.Lock()
        self._directory = PageDirectory(self.pages, self._major)
        self._data_pages: dict[int, array[int]] = {}
        self._first_pages: dict[int, int] = {ods.RELATION_PAGES: self.header.first_pointer_page}
        self._formats: dict[bytes, Format] = {}  # by blob id
        self._parsed: dict[bytes, Format] = {}  # by blob content: many are equal
        self._cached_descriptors = 0
        self.blobs = Blobs(self.pages, self._major)
        if self._major in ods.UNRELEASED:
            self.damage.note(ods.UNRELEASED[self._major])
        self._relations = set(range(ods.SYSTEM_RELATIONS))
        self.records = self._records([], DamageLog())
        self.records = self._records(self._read_page_list(), self.damage)
        catalogue = self._read_catalogue()
        self._database_fields = catalogue.system_fields("RDB$DATABASE")
        self._generator_fields = catalogue.system_fields("RDB$GENERATORS")
        # not kept: it holds bound methods of this object, a reference cycle
        self.tables = catalogue.user_tables()
        if schema is not None:
            self._take_definitions(schema)

    @property
    def ods(self) -> tuple[int, int]:
        return self.header.ods

    @property
    def format_label(self) -> str:
        """The ODS version, for example "10.1"."""
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
        """Numbers of the table's data pages by sequence, 0 for missing ones. Logs damage."""
        if table.kind is not TableKind.TABLE:
            return array("I")
        return self._scanned_page_numbers(table.relation, log)

    @translate_unexpected
    def data_page(self, relation: int, sequence: int, page_number: int, data: bytes) -> DataPage:
        """A checked view on `data`, the bytes of the page.

        Raises Damage unless it is data page `sequence` of the table.
        """
        if len(data) < self.pages.page_size:
            raise Damage("lies beyond the end of the file", page=page_number)
        page = DataPage(data, page_number)
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

    def _page_numbers(self, relation: int, log: DamageLog) -> "array[int]":
        with self._lock:
            if relation not in self._data_pages:
                first = self._first_pages.get(relation)
                self._data_pages[relation] = self._directory.data_pages(relation, first, log)
            return self._data_pages[relation]

    def _read_page_list(self) -> list[int]:
        """Read the first pages of all tables; return the transaction inventory pages by sequence.

        The rows of RDB$PAGES have transaction 0, which is always committed.
        """
        page_list = PageList.of(self._system_rows(ods.RELATION_PAGES))
        self._first_pages = {**page_list.first_pages, **self._first_pages}
        if self.damage.count:
            found = dict(self._directory.found_first_pages())
            self._first_pages = {**found, **self._first_pages}
        self._relations.update(self._first_pages)
        if not page_list.inventory:
            return self._directory.scan.inventory
        per_page = ods.transactions_per_page(self.pages.page_size)
        return page_list.inventory_pages(self.pages, self.header.next_transaction // per_page + 1)

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
        if not catalogue.relations and self._schema is None:
            raise DoubtfulHeader(
                "the catalogue (RDB$RELATIONS) can't be read: the file is too damaged to find its"
                " tables"
            )
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
        records = Records(self.pages, self.header.ods, self.records.transactions, DamageLog())
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
        user_relations = {relation for relation in found if relation >= ods.SYSTEM_RELATIONS}
        restore_tables(catalogue, user_relations - catalogue.relation_ids(), self.damage)

    def _report_unknown_tables(self, known: set[int], others: Collection[int] = ()) -> None:
        """Report tables that pages, lists of pages or `others` number, but not the catalogue."""
        scan = self._directory.scan
        data_pages = {relation: found.numbers for relation, found in scan.data_pages.items()}
        numbers = {*data_pages, *scan.pointer_pages, *self._first_pages, *others}
        report_lost_numbers(
            numbers, known, data_pages, self._first_pages, self._count_rows, self.damage
        )

    def _count_rows(self, page_numbers: Sequence[int]) -> int:
        """The number of rows on data pages; what can't be read is not counted."""
        records = Records(self.pages, self.header.ods, self.records.transactions, DamageLog())
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
            relation, pages, self.header, self.records, self.damage, self._implementation
        )

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
        return layout, checked_image(version.image, layout.length)

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Yield format number, format and record image of every row; damaged rows are left out,
        since they are reported where the table itself is exported."""
        # an own read budget, because lookup tables are read repeatedly
        records = Records(self.pages, self.header.ods, self.records.transactions, DamageLog())
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
        relation, record = BlobId.parse(blob_id, self._major)
        if relation not in self._relations:
            raise Damage(f"names a blob of table number {relation}, which does not exist")
        page_numbers = self._page_numbers(relation, self.damage)
        sequence, slot = divmod(record, ods.records_per_page(self.pages.page_size))
        if sequence >= len(page_numbers) or not page_numbers[sequence]:
            raise Damage(f"blob {relation}:{record} lies on no page of its table")
        return self.blobs.read(self._blob_item(relation, sequence, page_numbers[sequence], slot))

    def _blob_item(self, relation: int, sequence: int, page_number: int, slot: int) -> bytes:
        """The item of a blob. Damage is raised without page and slot, because the reported
        location is that of the row with the blob's id."""
        try:
            data = self.pages.page(page_number)
            return blob_item(self.data_page(relation, sequence, page_number, data), slot)
        except Damage as damage:
            raise Damage(f"its blob is lost: {damage}") from damage


def _is_users(row: SystemRow) -> bool:
    """Whether a row of RDB$GENERATORS is one of a user's sequences, not of the system or of an
    identity column."""
    return bool(row.get("GENERATOR_NAME")) and not row.get("SYSTEM_FLAG")
