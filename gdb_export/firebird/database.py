"""Database: bytes of a file in, tables, record images and blobs out. Start here.

Opening reads the header, RDB$PAGES and the catalogue; tables are read on request.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.catalogue_columns import CatalogueColumns
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.stored_system_tables import SystemImages, read_system_tables
from gdb_export.firebird.catalogue.system_rows import SystemRows, catalogue_rows
from gdb_export.firebird.catalogue.system_tables import (
    SYSTEM_FIELDS,
    field_alignment,
)
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, DoubtfulHeader
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.database_pages import DatabasePages
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import (
    Format,
    parse_format,
    parse_interbase_format,
)
from gdb_export.firebird.records.records import Records, RecordVersion, checked_image
from gdb_export.firebird.recovery.lost_table_report import report_lost_names, report_lost_numbers
from gdb_export.firebird.recovery.lost_tables import restore_tables

if TYPE_CHECKING:
    from gdb_export.firebird.recovery.foreign_schema import ForeignSchema

# Maximum descriptors of all cached formats: about 100 MB
_MAX_DESCRIPTORS = 1_000_000
# System tables whose layouts are built in; those of others are read from the catalogue
_CATALOGUE = {
    "FIELDS": ods.RELATION_FIELDS,
    "RELATION_FIELDS": ods.RELATION_RELATION_FIELDS,
    "RELATIONS": ods.RELATION_RELATIONS,
}
_SAMPLE_PAGES = 8  # of a table, to check the definitions of another copy


class Database(DatabasePages):
    """One open database: its tables, their formats and rows. Raises only FirebirdError.

    `header` and `implementation` are those of DatabasePages. `schema` is another copy of the
    database, which gives the definitions that this one has lost.
    """

    @translate_unexpected
    def __init__(
        self,
        source: Source,
        header: Header | None = None,
        implementation: type[ReferenceSystemRows] = SystemRows,
        schema: "ForeignSchema | None" = None,
    ) -> None:
        super().__init__(source, header, implementation)
        self._schema = schema
        file_bytes = self.pages.page_count * self.pages.page_size
        # a read of one byte, in which the caller may cancel
        self.budget = EvaluationBudget(file_bytes, partial(source.read, 0, 1))
        self._formats: dict[bytes, Format] = {}  # by blob id
        self._system_images: dict[int, SystemImages] = {}  # by relation
        self._parsed: dict[bytes, Format] = {}  # by blob content: many are equal
        self._cached_descriptors = 0
        if self.is_interbase:
            self._read_system_formats()
        catalogue = self._read_catalogue()
        self._database_fields = catalogue.system_fields("RDB$DATABASE")
        self._generator_fields = catalogue.system_fields("RDB$GENERATORS")
        self._system_tables = catalogue.system_tables()
        # not kept: it holds bound methods of this object, a reference cycle
        self.tables = catalogue.user_tables()
        if schema is not None:
            self._take_definitions(schema)

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
        first_pages = dict(self._directory.found_first_pages())
        self._first_pages = {**first_pages, **self._first_pages}
        relations = scan.data_pages.keys() | scan.pointer_pages.keys()
        self.tables = schema.complete(
            self.tables, relations, self._has_all_formats, self._sample_versions, self.damage
        )
        known = {table.relation for table in self.tables}
        self._relations |= known
        self._report_unknown_tables(known)

    def _has_all_formats(self, table: Table) -> bool:
        """Whether each format of the table can be read; an engine numbers them from 1 on."""
        if table.kind is not TableKind.TABLE or not self.damage.count:
            return True
        with suppress(Damage):
            for format_number in range(1, table.format + 1):
                self.format(table, format_number)
            return True
        return False

    def _sample_versions(self, relation: int) -> Iterator[RecordVersion]:
        """The records of some of a table's data pages that can be read."""
        records = self._records_of(self.records.transactions, DamageLog())
        # not cached: the damage found here is reported where the table is exported
        first = self._first_pages.get(relation)
        page_numbers = self._directory.data_pages(relation, first, DamageLog())
        pages = [(sequence, number) for sequence, number in enumerate(page_numbers) if number]
        for sequence, page_number in pages[:: max(1, len(pages) // _SAMPLE_PAGES)]:
            with suppress(Damage):
                data = self.pages.page(page_number)
                page = self.data_page(relation, sequence, page_number, data)
                for slot in range(page.slots):
                    with suppress(Damage):
                        item = page.item(slot)
                        version = None if item is None else records.visible(item, page.relation)
                        if version is not None:
                            yield version

    def _restore_tables(self, catalogue: Catalogue) -> None:
        """Restore tables that have pages, but no row in RDB$RELATIONS."""
        scan = self._directory.scan
        relations = scan.pointer_pages.keys() | scan.data_pages.keys()
        user_relations = {relation for relation in relations if relation >= self._system_relations}
        restore_tables(catalogue, user_relations - catalogue.relation_ids(), self.damage)

    def _report_unknown_tables(self, known: set[int], others: Collection[int] = ()) -> None:
        """Report tables whose number is on pages, in RDB$PAGES or in `others`, but not known."""
        scan = self._directory.scan
        data_pages = {relation: pages.numbers for relation, pages in scan.data_pages.items()}
        numbers = {*data_pages, *scan.pointer_pages, *self._first_pages, *others}
        user_numbers = {number for number in numbers if number >= self._system_relations}
        report_lost_numbers(
            user_numbers, known, data_pages, self._first_pages, self._count_rows, self.damage
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
                        count += (
                            item is not None and records.visible(item, page.relation) is not None
                        )
        return count

    def _report_unknown_names(self, catalogue: Catalogue) -> None:
        """Report tables that other system tables name, but RDB$RELATIONS does not."""
        names = {"RDB$RELATION_FIELDS": [name.object for name, _ in catalogue.nameless_columns()]}
        for system_table, relation in ods.NAMING_RELATIONS.items():
            fields = catalogue.system_fields(system_table)
            rows = self._derived_rows(relation, fields, DamageLog())
            names[system_table] = [str(row.get("RELATION_NAME") or "") for row in rows]
        known = {row["RELATION_NAME"] or "" for row in catalogue.relations}
        report_lost_names(names, known, self.damage)

    @cached_property
    @translate_unexpected
    def system_tables(self) -> Sequence[Table]:
        """The system tables, virtual ones included, in name order; read when first asked for."""
        log = DamageLog()  # the catalogue has reported the damage of these rows
        fields, relation_fields, relations = (
            self._system_rows(relation, log)
            for relation in (
                ods.RELATION_FIELDS,
                ods.RELATION_RELATION_FIELDS,
                ods.RELATION_RELATIONS,
            )
        )
        columns = CatalogueColumns(fields, relation_fields, self.blob, log, self._major)
        return read_system_tables(relations, columns, self.tables, self.header, self.damage)

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
        # damage here costs no rows, so it is not reported
        rows = self._derived_rows(ods.RELATION_GENERATORS, self._generator_fields, DamageLog())
        names = {str(row["GENERATOR_NAME"]) for row in rows if _is_users(row)}
        return sorted(names)

    @translate_unexpected_items
    def definition_rows(
        self, table: str, wanted: frozenset[str], log: DamageLog
    ) -> Iterator[SystemRow]:
        """The wanted fields of the rows of a system table, all names without RDB$.

        Fields that the version lacks are missing; blobs are ids for `definition_blob`.
        """
        if table in _CATALOGUE:
            # the catalogue has reported the damage of these tables
            for row in self._system_rows(_CATALOGUE[table], DamageLog(), wanted):
                yield cast("SystemRow", row)
        elif table in self._system_tables:
            relation, fields = self._system_tables[table]
            yield from self._derived_rows(relation, fields, log, wanted)

    def definition_blob(self, value: bytes) -> bytes:
        """The content of a blob in a row of `definition_rows`; raises Damage."""
        return self.blob(value)

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

    # ------------------------------------------------------------ formats and images
    @translate_unexpected
    def format(self, table: Table, format_number: int) -> Format:
        """The format of the table with that number; raises Damage if there is none."""
        if table.schema_file and self._schema is not None:
            return self._schema.format(table, format_number)
        if table.kind is TableKind.SYSTEM and table.reconstructed_format is not None:
            # the number has no meaning, except where InterBase stores formats of system tables
            stored = self._system_formats.get(table.relation, {})
            return stored.get(format_number, table.reconstructed_format)
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
        if table.kind is TableKind.SYSTEM and layout is table.reconstructed_format:
            return layout, self._system_images_of(table.relation, layout).completed(version.image)
        image = layout.with_encrypted_end(version.image) if self.is_interbase else version.image
        return layout, checked_image(image, layout.length)

    def _system_images_of(self, relation: int, whole: Format) -> SystemImages:
        if relation not in self._system_images:
            self._system_images[relation] = SystemImages(whole, self.header)
        return self._system_images[relation]

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Yield format number, format and record image of every row but the damaged ones.

        Damaged rows are reported where the table itself is exported.
        """
        # with a read budget of their own, because lookup tables are read repeatedly
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
        version = None if item is None else records.visible(item, page.relation)
        if version is not None:
            yield version.format, *self.image(table, version)


def _is_users(row: SystemRow) -> bool:
    """Whether a row of RDB$GENERATORS is a user's sequence, not one of the system.

    Those of identity columns are the system's too.
    """
    return bool(row.get("GENERATOR_NAME")) and not row.get("SYSTEM_FLAG")
