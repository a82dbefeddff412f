"""Builds databases byte by byte: layouts and page sizes that no available engine writes.

Knowledge: ods.h and dpm.epp. Tests patch the bytes to make a damaged database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack

from gdb_export.firebird.catalogue.system_tables import SYSTEM_FIELDS
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import Dtype, PageType
from gdb_export.firebird.records.formats import Descriptor
from tests.firebird.memory_source import MemorySource

COMMITTED = 3  # state of a transaction


def integer_field(offset: int) -> Descriptor:
    return Descriptor(Dtype.LONG, length=4, offset=offset)


@dataclass(slots=True)
class TableBuilder:
    """A table. `pages` holds the items of each of its data pages, with their record headers.

    `relation` is the table's number. `DatabaseBuilder.build` sets the page numbers: `numbers` of
    data pages, `pointer_pages` of pointer pages.
    """

    name: str
    relation: int
    columns: Sequence[tuple[str, Descriptor]] = (("A", integer_field(4)), ("B", integer_field(8)))
    pages: list[list[bytes]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    schema: str = "PUBLIC"  # schema and package are written from ODS 14 on
    package: str | None = None
    pointer_pages: list[int] = field(default_factory=list)


def literal_runs(image: bytes) -> bytes:
    """The image, run-length encoded as literal runs of up to 127 bytes; zeros at its end as runs of
    equal bytes, as the engine stores them."""
    literal = image.rstrip(b"\0")
    zeros = len(image) - len(literal)
    if zeros < 3:
        literal, zeros = image, 0
    parts = [literal[start : start + 127] for start in range(0, len(literal), 127)]
    packed = b"".join(bytes([len(part)]) + part for part in parts)
    # a run of 3 to 128 bytes: shorter ones have another meaning in ODS 13.1
    while zeros:
        count = zeros if zeros <= 128 else min(128, zeros - 3)
        packed += bytes([256 - count, 0])
        zeros -= count
    return packed


def record(
    image: bytes,
    transaction: int = 1,
    flags: int = 0,
    back: tuple[int, int] = (0, 0),
    format_number: int = 1,
) -> bytes:
    """A record item; `back` is page and slot of the older version."""
    header = pack("<IIHHB", transaction, *back, flags, format_number)
    return header + literal_runs(image).ljust(9, b"\0")


def integer_row(*values: int | None) -> bytes:
    """The record image of a row of INTEGER columns."""
    nulls = sum(1 << index for index, value in enumerate(values) if value is None)
    return nulls.to_bytes(4, "little") + b"".join(pack("<i", value or 0) for value in values)


def page_header(page_type: int, major: int, number: int, flags: int = 0) -> bytes:
    """The 16 bytes that every page begins with; `number` is the page number, stored from ODS 12."""
    checksum = ods.PAGE_CHECKSUM if major < 12 else 0
    return pack("<BBHIII", page_type, flags, checksum, 1, 0, number if major >= 12 else 0)


def data_page(
    items: Sequence[bytes], page_size: int, major: int, number: int, sequence: int, relation: int
) -> bytes:
    """A data page of these items, which fill it from its end downwards."""
    page = bytearray(page_size)
    page[:24] = page_header(PageType.DATA, major, number) + pack(
        "<IHH", sequence, relation, len(items)
    )
    end = page_size
    for slot, item in enumerate(items):
        end = (end - len(item)) & ~3
        assert end >= 24 + 4 * len(items), "the page is full"
        page[end : end + len(item)] = item
        page[24 + 4 * slot : 28 + 4 * slot] = pack("<HH", end, len(item))
    return bytes(page)


def pointer_page(
    numbers: Sequence[int],
    page_size: int,
    major: int,
    number: int,
    relation: int,
    sequence: int = 0,
    next_page: int = 0,
) -> bytes:
    """A pointer page that lists the data pages `numbers`."""
    flags = 0 if next_page else ods.LAST_POINTER_PAGE
    head = page_header(PageType.POINTER, major, number, flags)
    body = pack("<IIHHI", sequence, next_page, len(numbers), relation, 0)
    body += pack(f"<{len(numbers)}I", *numbers)
    return (head + body).ljust(page_size, b"\0")


@dataclass(slots=True)
class DatabaseBuilder:
    """A database. `transactions` are the states of transactions 0, 1, 2 …; page 2 has them."""

    version: tuple[int, int] = (10, 1)
    page_size: int = 1024
    is_amd64: bool = False
    transactions: Sequence[int] = (COMMITTED, COMMITTED)
    tables: list[TableBuilder] = field(default_factory=list)
    pages: dict[int, bytes] = field(default_factory=dict)

    def table(
        self,
        name: str,
        rows: Sequence[bytes],
        columns: Sequence[tuple[str, Descriptor]] = (),
        schema: str = "PUBLIC",
    ) -> TableBuilder:
        """Add a table with one data page; `rows` are record images."""
        table = TableBuilder(name, 128 + len(self.tables), pages=[[record(row) for row in rows]])
        table.columns, table.schema = columns or table.columns, schema
        self.tables.append(table)
        return table

    def source(self, name: str = "test.fdb") -> MemorySource:
        return MemorySource(self.build(), name)

    def build(self) -> bytes:
        """The bytes of the file. Sets the page numbers of the tables."""
        self.pages = {0: self._header(), 1: self._inventory(), 2: self._tip(), 3: b""}
        blobs = [[self._blob(self._format(table))] for table in self.tables]
        formats = self._system_table(ods.RELATION_FORMATS, [])
        formats.pages = blobs
        per_page = ods.records_per_page(self.page_size)
        rows = [
            self._row(
                ods.RELATION_FORMATS,
                RELATION_ID=table.relation,
                FORMAT=1,
                DESCRIPTOR=self._blob_id(ods.RELATION_FORMATS, index * per_page),
            )
            for index, table in enumerate(self.tables)
        ]
        formats.pages += self._spread(rows)
        catalogue = [
            formats,
            self._system_table(ods.RELATION_FIELDS, self._domain_rows()),
            self._system_table(ods.RELATION_RELATION_FIELDS, self._column_rows()),
            self._system_table(ods.RELATION_RELATIONS, self._relation_rows()),
        ]
        for table in [*catalogue, *self.tables]:
            self._add_pages(table)
        self._add_page_list([*catalogue, *self.tables])
        return b"".join(self.pages[number] for number in range(len(self.pages)))

    def _add_page_list(self, tables: Sequence[TableBuilder]) -> None:
        rows = [self._page_row(0, 2, PageType.TRANSACTION_INVENTORY)]
        rows += [
            self._page_row(table.relation, table.pointer_pages[0], PageType.POINTER)
            for table in tables
        ]
        page_list = self._system_table(ods.RELATION_PAGES, rows)
        for items in page_list.pages:
            items[:] = [pack("<I", 0) + item[4:] for item in items]
        self._add_pages(page_list, pointer_page_number=3)

    def _page_row(self, relation: int, number: int, page_type: int) -> bytes:
        return self._row(
            ods.RELATION_PAGES,
            PAGE_NUMBER=number,
            RELATION_ID=relation,
            PAGE_SEQUENCE=0,
            PAGE_TYPE=page_type,
        )

    def _add_pages(self, table: TableBuilder, pointer_page_number: int | None = None) -> None:
        major, max_slots = self.version[0], self.slots_per_pointer_page
        for _ in range(0, max(len(table.pages), 1), max_slots):
            if pointer_page_number is None or table.pointer_pages:
                table.pointer_pages.append(len(self.pages))
            else:
                table.pointer_pages.append(pointer_page_number)
            self.pages[table.pointer_pages[-1]] = b""
        for sequence, items in enumerate(table.pages):
            number = len(self.pages)
            self.pages[number] = data_page(
                items, self.page_size, major, number, sequence, table.relation
            )
            table.numbers.append(number)
        next_pages = [*table.pointer_pages[1:], 0]
        for sequence, (number, next_page) in enumerate(
            zip(table.pointer_pages, next_pages, strict=True)
        ):
            listed = table.numbers[sequence * max_slots : (sequence + 1) * max_slots]
            self.pages[number] = pointer_page(
                listed, self.page_size, major, number, table.relation, sequence, next_page
            )

    @property
    def slots_per_pointer_page(self) -> int:
        bits = (self.page_size - 32) * 8
        return bits // 34 if self.version[0] < 12 else bits // 40 & ~7

    def _spread(self, rows: Sequence[bytes]) -> list[list[bytes]]:
        """Records of the rows, divided into data pages."""
        pages: list[list[bytes]] = []
        free_bytes = 0
        for row in rows:
            item = record(row, format_number=0)
            if free_bytes < len(item) + 8:
                pages.append([])
                free_bytes = self.page_size - 32
            pages[-1].append(item)
            free_bytes -= len(item) + 8
        return pages

    def _system_table(self, relation: int, rows: Sequence[bytes]) -> TableBuilder:
        return TableBuilder("", relation, pages=self._spread(rows))

    # ------------------------------------------------------------ system rows
    def _row(self, relation: int, **values: int | str | bytes | None) -> bytes:
        """The record image of a system table. Knowledge: ods.h and relations.h."""
        fields = [
            (field.name, field.type_name)
            for field in SYSTEM_FIELDS[relation]
            if field.since <= self.version
        ]
        image = bytearray(((len(fields) + 32) & ~31) // 8)
        for index, (name, type_name) in enumerate(fields):
            size, alignment = self._size_and_alignment(type_name)
            image += bytes(-len(image) % alignment)
            value = values.get(name)
            if value is None:
                image[index >> 3] |= 1 << (index & 7)
                image += bytes(size)
            else:
                image += _stored(value, size)
        return bytes(image)

    def _size_and_alignment(self, type_name: str) -> tuple[int, int]:
        if type_name == "name":
            return (252 if self.version >= (13, 0) else 31), 1
        if type_name.startswith("varying"):
            return int(type_name.split()[1]) + (2 if self.version >= (11, 2) else 0), 2
        size = {"short": 2, "long": 4, "blob": 8, "boolean": 1}[type_name]
        max_alignment = 8 if self.version[0] > 10 or self.is_amd64 else 4
        return size, min(size, max_alignment)

    def _domain_rows(self) -> list[bytes]:
        types = {dtype: number for number, dtype in ods.DTYPE_OF_FIELD_TYPE.items()}
        return [
            self._row(
                ods.RELATION_FIELDS,
                FIELD_NAME=self._domain(table, field_id),
                SCHEMA_NAME=table.schema,
                FIELD_LENGTH=column.length,
                FIELD_SCALE=column.scale,
                FIELD_TYPE=types[Dtype(column.dtype)],
                FIELD_SUB_TYPE=0,
                SYSTEM_FLAG=0,
            )
            for table in self.tables
            for field_id, (_, column) in enumerate(table.columns)
        ]

    def _column_rows(self) -> list[bytes]:
        return [
            self._row(
                ods.RELATION_RELATION_FIELDS,
                FIELD_NAME=name,
                RELATION_NAME=table.name,
                FIELD_SOURCE=self._domain(table, field_id),
                FIELD_SOURCE_SCHEMA_NAME=table.schema,
                SCHEMA_NAME=table.schema,
                PACKAGE_NAME=table.package,
                FIELD_POSITION=field_id,
                FIELD_ID=field_id,
                SYSTEM_FLAG=0,
            )
            for table in self.tables
            for field_id, (name, _) in enumerate(table.columns)
        ]

    def _relation_rows(self) -> list[bytes]:
        return [
            self._row(
                ods.RELATION_RELATIONS,
                RELATION_ID=table.relation,
                SYSTEM_FLAG=0,
                FORMAT=1,
                FIELD_ID=len(table.columns),
                RELATION_NAME=table.name,
                SCHEMA_NAME=table.schema,
                PACKAGE_NAME=table.package,
            )
            for table in self.tables
        ]

    def _domain(self, table: TableBuilder, field_id: int) -> str:
        """The name of a column's domain; domains of two schemas may have the same name."""
        if self.version[0] < 14:
            return f"RDB${table.relation}_{field_id}"
        same_schema = [other for other in self.tables if other.schema == table.schema]
        return f"RDB${same_schema.index(table)}_{field_id}"

    # ------------------------------------------------------------ other pages
    def _header(self) -> bytes:
        major, minor = self.version
        word = major | (ods.FIREBIRD_FLAG if major >= 11 else 0)
        page = bytearray(self.page_size)
        page[:16] = page_header(PageType.HEADER, major, 0)
        if major >= 14:
            page[16:24] = pack("<HHHH", self.page_size, word, minor, ods.FLAG_DIALECT_3[major])
            page[28:32] = pack("<I", 3)
            page[36:38] = pack("<H", ods.HEADER_CLUMPLETS[major])
            page[40:72] = pack("<QQQQ", len(self.transactions) - 1, 1, 1, 1)
            return bytes(page)
        page[16:24] = pack("<HHI", self.page_size, word, 3)
        page[28:40] = pack("<III", 1, 1, len(self.transactions) - 1)
        page[42:44] = pack("<H", ods.FLAG_DIALECT_3[max(major, 10)])
        page[60:62] = pack("<H", 24 if self.is_amd64 else 19)
        offset = ods.HEADER_MINOR[max(major, 10)]
        page[offset : offset + 2] = pack("<H", minor)
        if major < 12:
            page[64:66] = pack("<H", minor)
        return bytes(page)

    def _inventory(self) -> bytes:
        head = page_header(PageType.PAGE_INVENTORY, self.version[0], 1)
        return head.ljust(self.page_size, b"\0")

    def _tip(self) -> bytes:
        states = bytearray(self.page_size - 20)
        for number, state in enumerate(self.transactions):
            states[number // 4] |= state << number % 4 * 2
        head = page_header(PageType.TRANSACTION_INVENTORY, self.version[0], 2)
        return head + bytes(4) + states

    def _blob_id(self, relation: int, number: int) -> bytes:
        return pack("<II", relation, number)

    def _format(self, table: TableBuilder) -> bytes:
        is_wide = self.version[0] == 10 and self.is_amd64
        descriptors = b"".join(
            pack("<BbHhHQ" if is_wide else "<BbHhHI", *column[:6]) for _, column in table.columns
        )
        if self.version[0] < 12:
            return descriptors
        return pack("<H", len(table.columns)) + descriptors + pack("<H", 0)

    def _blob(self, content: bytes) -> bytes:
        """The item of a level-0 stream blob."""
        if self.version[0] >= 14:
            return pack("<IIHHIQHBB", 0, 0, 0, 16 | 32, 1, len(content), 0, 0, 0) + content
        return pack("<IIHHB3xIIHBx", 0, 0, 0, 16 | 32, 0, 1, len(content), 0, 0) + content


def _stored(value: int | str | bytes, size: int) -> bytes:
    """The value as a system table stores it: texts with blanks up to `size`."""
    if isinstance(value, str):
        return value.encode().ljust(size)
    return value.to_bytes(size, "little", signed=True) if isinstance(value, int) else value
