"""Databases put together byte by byte, for what no engine at hand would write: other layouts,
other page sizes, and lies. Written after ods.h and dpm.epp; what is to be wrong, a test patches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack

from gdb_export.firebird.catalogue.system_tables import SYSTEM_FIELDS
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import Dtype, PageType
from gdb_export.firebird.records.formats import Descriptor
from tests.firebird.memory_source import MemorySource

COMMITTED = 3


def integer_field(offset: int) -> Descriptor:
    return Descriptor(Dtype.LONG, length=4, offset=offset)


@dataclass(slots=True)
class TableBuilder:
    """`items` are the slots of each of its data pages, whole with their record headers."""

    name: str
    relation: int
    columns: Sequence[tuple[str, Descriptor]] = (("A", integer_field(4)), ("B", integer_field(8)))
    pages: list[list[bytes]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    pointer_pages: list[int] = field(default_factory=list)


def packed(image: bytes) -> bytes:
    """The image as runs of bytes to copy."""
    parts = [image[at : at + 127] for at in range(0, len(image), 127)]
    return b"".join(bytes([len(part)]) + part for part in parts)


def record(
    image: bytes,
    transaction: int = 1,
    flags: int = 0,
    back: tuple[int, int] = (0, 0),
    format_number: int = 1,
) -> bytes:
    header = pack("<IIHHB", transaction, *back, flags, format_number)
    return header + packed(image).ljust(9, b"\0")


def integer_row(*values: int | None) -> bytes:
    """The image of a row whose columns are integers."""
    nulls = sum(1 << place for place, value in enumerate(values) if value is None)
    return nulls.to_bytes(4, "little") + b"".join(pack("<i", value or 0) for value in values)


def page_header(kind: int, major: int, number: int, flags: int = 0) -> bytes:
    checksum = ods.PAGE_CHECKSUM if major < 12 else 0
    return pack("<BBHIII", kind, flags, checksum, 1, 0, number if major >= 12 else 0)


def data_page(
    items: Sequence[bytes], page_size: int, major: int, number: int, sequence: int, relation: int
) -> bytes:
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
    following: int = 0,
) -> bytes:
    flags = 0 if following else ods.LAST_POINTER_PAGE
    head = page_header(PageType.POINTER, major, number, flags)
    body = pack("<IIHHI", sequence, following, len(numbers), relation, 0)
    body += pack(f"<{len(numbers)}I", *numbers)
    return (head + body).ljust(page_size, b"\0")


@dataclass(slots=True)
class DatabaseBuilder:
    """`transactions` are the states of transactions 0, 1, 2 …; the TIP is page 2."""

    version: tuple[int, int] = (10, 1)
    page_size: int = 1024
    is_amd64: bool = False
    transactions: Sequence[int] = (COMMITTED, COMMITTED)
    tables: list[TableBuilder] = field(default_factory=list)
    pages: dict[int, bytes] = field(default_factory=dict)

    def table(
        self, name: str, rows: Sequence[bytes], columns: Sequence[tuple[str, Descriptor]] = ()
    ) -> TableBuilder:
        """Add a table of one data page; rows are record images."""
        table = TableBuilder(name, 128 + len(self.tables), pages=[[record(row) for row in rows]])
        table.columns = columns or table.columns
        self.tables.append(table)
        return table

    def source(self, name: str = "test.fdb") -> MemorySource:
        return MemorySource(self.build(), name)

    def build(self) -> bytes:
        """The file; page numbers of tables are known afterwards."""
        self.pages = {0: self._header(), 1: self._inventory(), 2: self._tip(), 3: b""}
        blobs = [[_blob(self._format(table))] for table in self.tables]
        formats = self._system_table(ods.RELATION_FORMATS, [])
        formats.pages = blobs
        per_page = ods.records_per_page(self.page_size)
        rows = [
            self._row(
                ods.RELATION_FORMATS,
                RELATION_ID=table.relation,
                FORMAT=1,
                DESCRIPTOR=self._blob_id(ods.RELATION_FORMATS, place * per_page),
            )
            for place, table in enumerate(self.tables)
        ]
        formats.pages += self._spread(rows)
        catalogue = [
            formats,
            self._system_table(ods.RELATION_FIELDS, self._domain_rows()),
            self._system_table(ods.RELATION_RELATION_FIELDS, self._column_rows()),
            self._system_table(ods.RELATION_RELATIONS, self._relation_rows()),
        ]
        for table in [*catalogue, *self.tables]:
            self._place(table)
        self._place_page_list([*catalogue, *self.tables])
        return b"".join(self.pages[number] for number in range(len(self.pages)))

    def _place_page_list(self, tables: Sequence[TableBuilder]) -> None:
        rows = [self._page_row(0, 2, PageType.TRANSACTION_INVENTORY)]
        rows += [
            self._page_row(one.relation, one.pointer_pages[0], PageType.POINTER) for one in tables
        ]
        page_list = self._system_table(ods.RELATION_PAGES, rows)
        for row_items in page_list.pages:
            row_items[:] = [pack("<I", 0) + item[4:] for item in row_items]
        self._place(page_list, pointer_page_number=3)

    def _page_row(self, relation: int, number: int, kind: int) -> bytes:
        return self._row(
            ods.RELATION_PAGES,
            PAGE_NUMBER=number,
            RELATION_ID=relation,
            PAGE_SEQUENCE=0,
            PAGE_TYPE=kind,
        )

    def _place(self, table: TableBuilder, pointer_page_number: int | None = None) -> None:
        major, room = self.version[0], self.slots_per_pointer_page
        for _ in range(0, max(len(table.pages), 1), room):
            if pointer_page_number is None or table.pointer_pages:
                table.pointer_pages.append(len(self.pages))
            else:
                table.pointer_pages.append(pointer_page_number)
            self.pages[table.pointer_pages[-1]] = b""
        for sequence, items in enumerate(table.pages):
            place = len(self.pages)
            self.pages[place] = data_page(
                items, self.page_size, major, place, sequence, table.relation
            )
            table.numbers.append(place)
        followers = [*table.pointer_pages[1:], 0]
        for sequence, (number, following) in enumerate(
            zip(table.pointer_pages, followers, strict=True)
        ):
            own = table.numbers[sequence * room : (sequence + 1) * room]
            self.pages[number] = pointer_page(
                own, self.page_size, major, number, table.relation, sequence, following
            )

    @property
    def slots_per_pointer_page(self) -> int:
        bits = (self.page_size - 32) * 8
        return bits // 34 if self.version[0] < 12 else bits // 40 & ~7

    def _spread(self, rows: Sequence[bytes]) -> list[list[bytes]]:
        """As many rows a page as surely fit."""
        pages: list[list[bytes]] = []
        room = 0
        for row in rows:
            item = record(row, format_number=0)
            if room < len(item) + 8:
                pages.append([])
                room = self.page_size - 32
            pages[-1].append(item)
            room -= len(item) + 8
        return pages

    def _system_table(self, relation: int, rows: Sequence[bytes]) -> TableBuilder:
        return TableBuilder("", relation, pages=self._spread(rows))

    # ------------------------------------------------------------ system rows
    def _row(self, relation: int, **values: int | str | bytes) -> bytes:
        """A record image of a system table, laid out by the rules of ods.h and relations.h."""
        fields = [
            (one.name, one.kind) for one in SYSTEM_FIELDS[relation] if one.since <= self.version
        ]
        image = bytearray(((len(fields) + 32) & ~31) // 8)
        for place, (name, kind) in enumerate(fields):
            size, alignment = self._extent(kind)
            image += bytes(-len(image) % alignment)
            value = values.get(name)
            if value is None:
                image[place >> 3] |= 1 << (place & 7)
                image += bytes(size)
            else:
                image += _stored(value, size)
        return bytes(image)

    def _extent(self, kind: str) -> tuple[int, int]:
        """Length and alignment of a field of a system table."""
        if kind == "name":
            return (252 if self.version >= (13, 0) else 31), 1
        if kind.startswith("varying"):
            return int(kind.split()[1]) + (2 if self.version >= (11, 2) else 0), 2
        size = {"short": 2, "long": 4, "blob": 8, "boolean": 1}[kind]
        most = 8 if self.version[0] > 10 or self.is_amd64 else 4
        return size, min(size, most)

    def _domain_rows(self) -> list[bytes]:
        types = {dtype: number for number, dtype in ods.DTYPE_OF_FIELD_TYPE.items()}
        return [
            self._row(
                ods.RELATION_FIELDS,
                FIELD_NAME=f"RDB${table.relation}_{place}",
                FIELD_LENGTH=one.length,
                FIELD_SCALE=one.scale,
                FIELD_TYPE=types[Dtype(one.dtype)],
                FIELD_SUB_TYPE=0,
                SYSTEM_FLAG=0,
            )
            for table in self.tables
            for place, (_, one) in enumerate(table.columns)
        ]

    def _column_rows(self) -> list[bytes]:
        return [
            self._row(
                ods.RELATION_RELATION_FIELDS,
                FIELD_NAME=name,
                RELATION_NAME=table.name,
                FIELD_SOURCE=f"RDB${table.relation}_{place}",
                FIELD_POSITION=place,
                FIELD_ID=place,
                SYSTEM_FLAG=0,
            )
            for table in self.tables
            for place, (name, _) in enumerate(table.columns)
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
            )
            for table in self.tables
        ]

    # ------------------------------------------------------------ other pages
    def _header(self) -> bytes:
        major, minor = self.version
        word = major | (ods.FIREBIRD_FLAG if major >= 11 else 0)
        page = bytearray(self.page_size)
        page[:16] = page_header(PageType.HEADER, major, 0)
        page[16:24] = pack("<HHI", self.page_size, word, 3)
        page[28:40] = pack("<III", 1, 1, len(self.transactions) - 1)
        page[42:44] = pack("<H", ods.FLAG_DIALECT_3[major])
        page[60:62] = pack("<H", 24 if self.is_amd64 else 19)
        at = ods.HEADER_MINOR[major]
        page[at : at + 2] = pack("<H", minor)
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
            pack("<BbHhHI", one.dtype, one.scale, one.length, one.sub_type, one.flags, one.offset)
            if not is_wide
            else pack("<BbHhHQ", one.dtype, one.scale, one.length, one.sub_type, 0, one.offset)
            for _, one in table.columns
        )
        if self.version[0] < 12:
            return descriptors
        return pack("<H", len(table.columns)) + descriptors + pack("<H", 0)


def _stored(value: int | str | bytes, size: int) -> bytes:
    if isinstance(value, str):
        return value.encode().ljust(size)
    return value.to_bytes(size, "little", signed=True) if isinstance(value, int) else value


def _blob(content: bytes) -> bytes:
    """A blob that lies in its slot whole, as a stream."""
    return pack("<IIHHB3xIIHBx", 0, 0, 0, 16 | 32, 0, 1, len(content), 0, 0) + content
