"""What the kernel does with each column: cells compiled from columns and their descriptors."""

from array import array
from collections.abc import Callable, Sequence
from functools import cache

from gdb_export.csv_rows import quoting
from gdb_export.csv_rows.kernel._compiled import CELL_WIDTH, Op, Text
from gdb_export.csv_rows.row_lines import BinaryText, Cell
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.ods import DTYPE_LENGTH, Dtype
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.values.text import TextDecoder, is_binary
from gdb_export.firebird.values.values import Constant

_SIMPLE_OPS: dict[int, Op] = {
    Dtype.REAL: Op.REAL,
    Dtype.DATE: Op.DATE,
    Dtype.TIME: Op.TIME,
    Dtype.TIMESTAMP: Op.TIMESTAMP,
    Dtype.BOOLEAN: Op.BOOLEAN,
}
_INTEGERS = (Dtype.SHORT, Dtype.LONG, Dtype.QUAD, Dtype.INT64)


class KernelCells:
    """Compiles the cells of one table. `characters` are the tables that texts are decoded by.

    Without `has_blobs` the ids of blobs mean nothing to the kernel.
    """

    def __init__(
        self, table: Table, text: TextDecoder, binary_text: BinaryText, has_blobs: bool
    ) -> None:
        self._table = table
        self._text = text
        self._is_hex = binary_text == bytes.hex
        self._has_blobs = has_blobs
        self._sets = _table_sets(table, text)
        self.characters = _characters(self._sets)

    def compiled(
        self, layout: Format, plain: Callable[[Column], Cell]
    ) -> tuple[list[list[int]], bytes]:
        """The cells of a format, and their constants; `plain` gives the plain twin's cell of a
        column, and raises Damage where it is not in order."""
        constants = bytearray()
        cells = [
            self._cell(column, layout) or _of_plain(plain(column), constants)
            for column in self._table.columns
        ]
        return cells, bytes(constants)

    def _cell(self, column: Column, layout: Format) -> list[int] | None:
        """None where the plain twin's cell must tell what to do."""
        if column.is_computed or column.field_id >= len(layout.descriptors):
            return None
        stored, declared = layout.descriptors[column.field_id], column.descriptor
        is_blob = stored.dtype == Dtype.BLOB == declared.dtype
        if is_blob and not self._has_blobs:
            return None
        if not stored.is_stored or not (is_blob or stored.same_type(declared)):
            return None
        op, decimals = self._op(stored)
        if op == Op.PYTHON or not _has_length_of_type(stored):
            return None
        text = characters = 0
        if op in (Op.CHAR, Op.VARCHAR, Op.BLOB):
            charset = column.charset if is_blob else stored.charset_id
            found = self._characters(charset, is_blob and not column.is_text_blob)
            if found is None:
                return None
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


def _has_length_of_type(stored: Descriptor) -> bool:
    least = 2 if stored.dtype == Dtype.VARYING else 0
    return stored.length == DTYPE_LENGTH.get(stored.dtype, max(stored.length, least))


def _of_plain(cell: Cell, constants: bytearray) -> list[int]:
    """What the kernel does where it has no way of its own."""
    if not isinstance(cell, Constant):
        return [Op.PYTHON, *[0] * (CELL_WIDTH - 1)]
    if cell.value is None:
        return [Op.NOTHING, *[0] * (CELL_WIDTH - 1)]
    text = quoting.quoted(cell.value).encode("utf-8", "replace")
    offset = len(constants)
    constants += text
    return [Op.CONSTANT, offset, len(text), *[0] * (CELL_WIDTH - 3)]


def _packed(data: bytes, is_replacement: bool = False) -> int:
    """The bytes of a character as the kernel has them: in a field, from the lowest byte on, their
    count above, and whether the field needs quotes."""
    needs_quotes = data in (b'"', b",", b"\r", b"\n")
    data = data.replace(b'"', b'""')
    flags = needs_quotes << 30 | is_replacement << 31
    return int.from_bytes(data, "little") | len(data) << 24 | flags


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
    table = charsets.single_byte_table(charset) or ()
    packed = (_packed(text.encode(), text == charsets.REPLACEMENT) for text in table)
    return array("I", packed).tobytes()


@cache
def _packed_bytes() -> bytes:
    return array("I", (_packed(bytes([byte])) for byte in range(256))).tobytes()


def _characters(sets: Sequence[int]) -> memoryview:
    """The tables of the sets, and at last that of UTF-8, whose bytes stay as they are."""
    packed = b"".join([*map(_packed_table, sets), _packed_bytes()])
    return memoryview(packed).cast("I", (len(packed) // 1024, 256))
