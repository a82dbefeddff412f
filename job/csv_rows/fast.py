"""The Python side of the compiled twin: compiles cells for it, and does what is not ordinary."""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache

from job.csv_rows import quoting
from job.csv_rows._fast import CELL_WIDTH, Kernel, Op, Text
from job.csv_rows.plain import Part, PlainRows
from job.csv_rows.row_lines import BinaryText, Cell
from job.firebird import charsets, ods
from job.firebird.columns import Column, Table
from job.firebird.database import Database
from job.firebird.errors import Damage
from job.firebird.formats import Descriptor, Format
from job.firebird.ods import Dtype
from job.firebird.pages import DataPage
from job.firebird.row_values import Constant
from job.firebird.text import TextDecoder, is_binary

_SIMPLE_OPS: dict[int, Op] = {
    Dtype.REAL: Op.REAL,
    Dtype.DATE: Op.DATE,
    Dtype.TIME: Op.TIME,
    Dtype.TIMESTAMP: Op.TIMESTAMP,
    Dtype.BOOLEAN: Op.BOOLEAN,
}
_INTEGERS = (Dtype.SHORT, Dtype.LONG, Dtype.QUAD, Dtype.INT64)


class FastRows(PlainRows):
    """The rows of one table as CSV: as PlainRows gives them, ordinary ones by the kernel."""

    def __init__(
        self,
        database: Database,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        super().__init__(database, table, text, binary_text)
        self._text = text
        self._is_hex = binary_text == bytes.hex
        self._cells: dict[int, Sequence[Cell]] = {}
        self._parts: Sequence[Part] = ()
        self._data = b""
        self._page: tuple[int, DataPage] | None = None
        self._sets = _table_sets(table, text)
        transactions = database.records.transactions
        self._kernel = Kernel(
            self,
            database.page_size,
            ods.records_per_page(database.page_size),
            table.relation,
            database.ods,
            transactions.committed_below,
            transactions.last,
            len(table.columns),
            _characters(self._sets),
        )

    def lines(self, parts: Sequence[Part], data: bytes) -> Iterator[bytes | memoryview]:
        self._parts, self._data, self._page = parts, data, None
        self._kernel.begin(data, array("I", [sequence for sequence, _ in parts]))
        while (piece := self._kernel.next_piece()) is not None:
            yield piece

    # ------------------------------------------------------------ asked by the kernel
    def page_lines(self, place: int) -> bytes:
        return self.page_at(place, self._parts, self._data)

    def slot_line(self, place: int, slot: int) -> bytes:
        if self._page is None or self._page[0] != place:
            size = self._database.page_size
            data = self._data[place * size : (place + 1) * size]
            self._page = place, DataPage(data, self._parts[place][1])
        return self.slot(self._page[1], slot)

    def field(self, number: int, column: int, image: bytes) -> bytes:
        """The field of a record image as CSV; raises Damage."""
        text = self._cells[number][column](image)
        return b"" if text is None else quoting.quoted(text).encode("utf-8", "replace")

    def add_damage(self, damage: Damage, place: int, slot: int) -> None:
        self.account.damage.add(damage.at(self._parts[place][1], slot))

    def states(self, transaction: int) -> tuple[int, bytes]:
        return self._database.records.transactions.states_around(transaction)

    def blob_allowance(self) -> int:
        return self._database.blobs.bytes_left

    def spend_blob_bytes(self, count: int) -> None:
        self._database.blobs.bytes_left -= count

    def count_rows(self, count: int) -> None:
        self.account.rows += count

    def count_replaced_in(self, column: int, count: int) -> None:
        self.account.count_replaced(self._table.columns[column].name, count)

    # ------------------------------------------------------------ cells
    def compiled(self, number: int) -> tuple[list[list[int]], bytes, int] | None:
        """Cells of a format, their constants and the length of its images; None if the plain twin
        must say what is wrong with it."""
        try:
            layout = self._database.format(self._table, number)
            plain = self._cells[number] = self._lines.cells(number, layout)
        except Damage:
            return None
        constants = bytearray()
        cells = [
            _constant(cell, constants) if isinstance(cell, Constant) else self._cell(column, layout)
            for column, cell in zip(self._table.columns, plain, strict=True)
        ]
        return cells, bytes(constants), layout.length

    def _cell(self, column: Column, layout: Format) -> list[int]:
        if column.is_computed or column.field_id >= len(layout.descriptors):
            return _python()
        stored, declared = layout.descriptors[column.field_id], column.descriptor
        is_blob = stored.dtype == Dtype.BLOB == declared.dtype
        if not stored.is_stored or not (is_blob or stored.same_type(declared)):
            return _python()
        op, decimals = self._op(stored)
        text = characters = 0
        if op in (Op.CHAR, Op.VARCHAR, Op.BLOB):
            charset = column.charset if is_blob else stored.charset_id
            found = self._characters(charset, is_blob and not column.is_text_blob)
            if found is None:
                return _python()
            text = found
            characters = self._character_count(text, charset, stored)
        byte, bit = column.field_id >> 3, 1 << (column.field_id & 7)
        return [op, stored.offset, stored.length, decimals, byte, bit, text, characters]

    @staticmethod
    def _op(stored: Descriptor) -> tuple[Op, int]:
        """What writes values of the type, and with how many decimals."""
        decimals = -stored.scale
        if stored.dtype in _INTEGERS:
            return (Op.INTEGER, decimals) if decimals >= 0 else (Op.PYTHON, 0)
        if stored.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT):
            return (Op.FIXED, decimals) if decimals > 0 else (Op.DOUBLE, 0)
        if stored.dtype == Dtype.TEXT:
            return Op.CHAR, 0
        if stored.dtype == Dtype.VARYING:
            return Op.VARCHAR, 0
        if stored.dtype == Dtype.BLOB:
            return Op.BLOB, 0
        return _SIMPLE_OPS.get(stored.dtype, Op.PYTHON), 0

    def _characters(self, charset: int, is_binary_blob: bool) -> int | None:
        """A table of characters, or one of Text; None if only the plain twin knows the set."""
        if is_binary_blob or is_binary(charset):
            return Text.HEX if self._is_hex else None
        effective = self._text.effective(charset)
        if charsets.CHARSETS[effective].codec == "utf-8":
            return Text.UTF8
        return self._sets.index(effective) if effective in self._sets else None

    def _character_count(self, text: int, charset: int, stored: Descriptor) -> int:
        """Of UTF-8 how many characters a CHAR has, of a table whether bytes of it mean nothing."""
        if text == Text.UTF8:
            return stored.length // (4 if charset == charsets.UTF8 else 1)
        table = charsets.single_byte_table(self._sets[text]) if text >= 0 else None
        return int(charsets.REPLACEMENT in (table or ()))


def _python() -> list[int]:
    return [Op.PYTHON, *[0] * (CELL_WIDTH - 1)]


def _constant(cell: Constant, constants: bytearray) -> list[int]:
    if cell.value is None:
        return [Op.NOTHING, *[0] * (CELL_WIDTH - 1)]
    text = quoting.quoted(cell.value).encode("utf-8", "replace")
    offset = len(constants)
    constants += text
    return [Op.CONSTANT, offset, len(text), *[0] * (CELL_WIDTH - 3)]


def _packed(text: str) -> int:
    """A character as the kernel has it: its UTF-8 from the lowest byte on, the count above."""
    data = text.encode()
    is_replacement = text == charsets.REPLACEMENT
    return int.from_bytes(data, "little") | len(data) << 24 | is_replacement << 31


@cache
def _has_table(charset: int) -> bool:
    """Single-byte sets whose lower half is ASCII and whose upper half has nothing of ASCII."""
    table = charsets.single_byte_table(charset)
    if table is None or len(table) != 256:
        return False
    return all(table[byte] == chr(byte) for byte in range(128)) and not any(
        text.isascii() or len(text) != 1 for text in table[128:]
    )


def _table_sets(table: Table, text: TextDecoder) -> list[int]:
    """The character sets of the table's columns that the kernel decodes by table."""
    found = {
        text.effective(charset)
        for column in table.columns
        for charset in (column.charset, column.descriptor.charset_id)
    }
    return sorted(filter(_has_table, found))


@cache
def _packed_table(charset: int) -> bytes:
    return array("I", map(_packed, charsets.single_byte_table(charset) or ())).tobytes()


def _characters(sets: Sequence[int]) -> memoryview:
    packed = b"".join(map(_packed_table, sets)) or bytes(4 * 256)
    return memoryview(packed).cast("I", (len(packed) // 1024, 256))
