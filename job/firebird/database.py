"""Database: a file's bytes in, tables, pages, record versions and blobs out. Start here.

Opening reads the header, RDB$PAGES and the catalogue; tables are read only when asked for.
"""

import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from job.firebird import ods
from job.firebird.blobs import BlobId, Blobs, blob_item
from job.firebird.catalogue import EMPTY_BLOB, Catalogue, Row, declared_descriptor
from job.firebird.charsets import OCTETS, decode_name
from job.firebird.columns import Table, TableKind
from job.firebird.damage import DamageLog
from job.firebird.errors import Damage, UnreadableDatabase
from job.firebird.formats import Descriptor, Format, parse_format
from job.firebird.header import Header
from job.firebird.opening import open_pages
from job.firebird.page_directory import PageDirectory
from job.firebird.pages import DataPage
from job.firebird.records import Records, Version, checked_image
from job.firebird.source import Source
from job.firebird.system_tables import (
    SystemLayout,
    field_alignment,
    layout_of_length,
    system_format,
    system_layout,
)
from job.firebird.text import TextDecoder
from job.firebird.transactions import Transactions
from job.firebird.values import value_reader

_PAGE_TYPE_TIP = ods.PageType.TRANSACTION_INVENTORY
_PAGE_TYPE_POINTER = ods.PageType.POINTER
_MOST_FORMATS = 256


class Database:
    """One database. Raises FirebirdError and nothing else; safe to use from several threads
    once it is open. `damage` holds what was found wrong with the database as a whole."""

    def __init__(self, source: Source) -> None:
        self.damage = DamageLog()
        self.header: Header
        self.header, self.pages = open_pages(source, self.damage)
        self._major = self.header.family
        self._lock = threading.Lock()
        self._directory = PageDirectory(self.pages, self._major)
        self._numbers: dict[int, array[int]] = {}
        self._first_pages: dict[int, int] = {ods.RELATION_PAGES: self.header.first_pointer_page}
        self._formats: dict[bytes, Format] = {}
        self.blobs = Blobs(self.pages)
        self.records = self._records([])
        self.records = self._records(self._read_page_list())
        self._catalogue = self._read_catalogue()
        self.tables = self._catalogue.user_tables()

    @property
    def ods(self) -> tuple[int, int]:
        return self.header.ods

    @property
    def structure(self) -> str:
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
        return self.header.family == 10 and self.header.is_amd64

    # ------------------------------------------------------------ pages of tables
    def data_pages(self, table: Table, log: DamageLog) -> "array[int]":
        """Page numbers by sequence, 0 where there is none; damage on the way goes to `log`."""
        if table.kind is not TableKind.TABLE:
            return array("I")
        return self._page_numbers(table.relation, log)

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
        """Learn the first pointer page of each table; the transaction inventory pages by number.

        The rows of RDB$PAGES bear transaction 0, which is always committed.
        """
        inventory: dict[int, int] = {}
        for row in self._system_rows(ods.RELATION_PAGES):
            kind, sequence, number = row["PAGE_TYPE"], row["PAGE_SEQUENCE"], row["PAGE_NUMBER"]
            if kind == _PAGE_TYPE_TIP and number:
                inventory[sequence or 0] = number
            elif kind == _PAGE_TYPE_POINTER and not sequence and row["RELATION_ID"] is not None:
                self._first_pages.setdefault(row["RELATION_ID"], number)
        if not inventory:
            return self._directory.scan.inventory
        return [inventory.get(sequence, 0) for sequence in range(self._inventory_length(inventory))]

    def _inventory_length(self, inventory: dict[int, int]) -> int:
        return min(max(inventory) + 1, self.pages.page_count + 1)

    def _records(self, inventory: list[int]) -> Records:
        transactions = Transactions(
            self.pages,
            inventory,
            self.header.oldest_interesting,
            self.header.next_transaction,
            self.damage,
        )
        return Records(self.pages, self.header.ods, transactions, self.damage)

    # ------------------------------------------------------------ catalogue
    def _read_catalogue(self) -> Catalogue:
        catalogue = Catalogue(
            rows=self._system_rows,
            read_format=self._format_of_blob,
            read_blob=self.blob,
            log=self.damage,
        )
        if not catalogue.relations:
            raise UnreadableDatabase(
                "the catalogue (RDB$RELATIONS) can't be read: the file is damaged so far that its"
                " tables can't be found"
            )
        catalogue.add_dimensions(
            self._derived_rows(catalogue, ods.RELATION_FIELD_DIMENSIONS, "RDB$FIELD_DIMENSIONS")
        )
        return catalogue

    @property
    def default_charset(self) -> str:
        """Name of the database's default character set, "NONE" where it has none."""
        rows = self._derived_rows(self._catalogue, ods.RELATION_DATABASE, "RDB$DATABASE")
        for row in rows:
            return row.get("CHARACTER_SET_NAME") or "NONE"
        return "NONE"

    def _system_rows(self, relation: int) -> Iterator[Row]:
        return self._rows(relation, system_layout(relation, self.header))

    def _derived_rows(self, catalogue: Catalogue, relation: int, name: str) -> Iterator[Row]:
        """Rows of a system table whose layout follows from its columns in the catalogue."""
        fields = catalogue.system_fields(name)
        if not fields:
            return iter(())
        descriptors = [declared_descriptor(row) for _, row in fields]
        layout = SystemLayout(
            tuple(name for name, _ in fields),
            system_format(descriptors, field_alignment(self.header)),
        )
        return self._rows(relation, layout)

    def _rows(self, relation: int, layout: SystemLayout) -> Iterator[Row]:
        layouts: dict[int, Callable[[bytes], Row]] = {}
        for version in self._versions(relation):
            length = len(version.image)
            try:
                if length not in layouts:
                    layouts[length] = _row_reader(layout, length, self.header)
                yield layouts[length](version.image)
            except Damage as damage:
                self.damage.add(damage)

    def _versions(self, relation: int) -> Iterator[Version]:
        """Visible record versions of a system table; what is damaged is logged."""
        for sequence, number in enumerate(self._page_numbers(relation, self.damage)):
            if not number:
                continue
            try:
                page = self.data_page(relation, sequence, number, self.pages.page(number))
            except Damage as damage:
                self.damage.add(damage.at(number))
                continue
            for slot in range(page.slots):
                try:
                    item = page.item(slot)
                    version = None if item is None else self.records.visible(item)
                except Damage as damage:
                    self.damage.add(damage.at(number, slot))
                    continue
                if version is not None:
                    yield version

    # ------------------------------------------------------------ formats and blobs
    def format(self, table: Table, number: int) -> Format:
        """A format of the table; raises Damage if there is none of that number."""
        blob = table.formats.get(number)
        if blob is None:
            raise Damage(f"its format {number} does not exist")
        return self._format_of_blob(blob)

    def _format_of_blob(self, blob: bytes) -> Format:
        if blob not in self._formats:
            parsed = parse_format(self.blob(blob), self._major, self.header.is_amd64)
            self._formats[blob] = parsed
        return self._formats[blob]

    def image(self, table: Table, version: Version) -> tuple[Format, bytes]:
        """The format of a record version, and its image checked to be of that length."""
        layout = self.format(table, version.format)
        return layout, checked_image(version.image, layout.length)

    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Number of the format, format and image of every row of a table; damaged rows are left
        out, since they are reported where the table itself is read."""
        first = self._first_pages.get(table.relation)
        numbers = self._directory.data_pages(table.relation, first, DamageLog())
        for sequence, number in enumerate(numbers):
            with suppress(Damage):
                data = self.pages.page(number) if number else b""
                page = self.data_page(table.relation, sequence, number, data)
                for slot in range(page.slots):
                    with suppress(Damage):
                        yield from self._image_at(table, page, slot)

    def _image_at(
        self, table: Table, page: DataPage, slot: int
    ) -> Iterator[tuple[int, Format, bytes]]:
        item = page.item(slot)
        version = None if item is None else self.records.visible(item)
        if version is not None:
            yield version.format, *self.image(table, version)

    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob by the 8 bytes of its id; raises Damage."""
        if blob_id == EMPTY_BLOB:
            return b""
        place = BlobId.parse(blob_id, self._major)
        numbers = self._page_numbers(place.relation, self.damage)
        sequence, slot = divmod(place.record, ods.records_per_page(self.pages.page_size))
        if sequence >= len(numbers) or not numbers[sequence]:
            raise Damage(f"blob {place.relation}:{place.record} lies on no page of its table")
        return self.blobs.read(blob_item(self.pages, numbers[sequence], slot))


def _name_reader(one: Descriptor, text: TextDecoder) -> Callable[[bytes], str]:
    octets = Descriptor(one.dtype, 0, one.length, OCTETS, 0, one.offset)
    raw = value_reader(octets, text)
    return lambda image: decode_name(raw(image))


def _row_reader(layout: SystemLayout, length: int, header: Header) -> Callable[[bytes], Row]:
    """A function from record images of that length to rows; texts are names."""
    layout = layout_of_length(layout, length, header)
    text = TextDecoder(53)
    readers: list[tuple[str, int, Callable[[bytes], Any]]] = []
    for place, (name, one) in enumerate(zip(layout.names, layout.format.descriptors, strict=True)):
        if one.dtype in ods.TEXT_TYPES:
            readers.append((name, place, _name_reader(one, text)))
        else:
            readers.append((name, place, value_reader(one, text)))

    def read(image: bytes) -> Row:
        return {
            name: None if image[place >> 3] >> (place & 7) & 1 else reader(image)
            for name, place, reader in readers
        }

    return read
