"""Compiles the columns of a table into cells: the kernel's instructions for each field."""

from array import array
from collections.abc import Callable, Sequence
from functools import cache

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.kernel._compiled import CELL_WIDTH, NO_TABLE, Decoding, Op
from gdb_export.csv_rows.lines import quoted
from gdb_export.csv_rows.row_formatter import Cell
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
    """Compiles the cells of one table.

    `character_tables` has a row of 256 packed characters for each character set of its columns, see
    `_character_tables`. Without `has_blobs` the kernel leaves blobs to the reference
    implementation. With `is_quoted` the packed characters are those of CSV fields, in which
    quotes are doubled.
    """

    def __init__(
        self,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText,
        has_blobs: bool,
        is_quoted: bool = True,
    ) -> None:
        self._table = table
        self._decoder = decoder
        self._is_hex = binary_text == bytes.hex
        self._has_blobs = has_blobs
        # by column: its descriptor in the format that was compiled last, and its cell there. The
        # formats of a table have most descriptors in common
        self._last_cells: list[tuple[Descriptor | None, Sequence[int] | None]] = []
        self._last_cells += [(None, None)] * len(table.columns)
        self._charsets = _table_charsets(table, decoder)
        self.character_tables = _character_tables(self._charsets, is_quoted)

    def compile(
        self, layout: Format, reference_cell: Callable[[Column], Cell]
    ) -> tuple[Sequence[Sequence[int]], bytes]:
        """The cells of a format, and their constants.

        `reference_cell` returns the reference implementation's cell of a column, and raises
        Damage if the column is damaged.
        """
        constants = bytearray()
        descriptors, count = layout.descriptors, len(layout.descriptors)
        cells: list[Sequence[int]] = []
        for index, column in enumerate(self._table.columns):
            field_id = column.field_id
            stored = descriptors[field_id] if field_id < count else None
            known, cell = self._last_cells[index]
            if stored is None or stored != known:
                cell = None if stored is None else self._cell(column, stored)
                self._last_cells[index] = stored, cell
            if cell is None:
                cell = _fallback_cell(reference_cell(column), constants)
            cells.append(cell)
        return cells, bytes(constants)

    def _cell(self, column: Column, stored: Descriptor) -> list[int] | None:
        """The cell of a column with this descriptor in a format, None if the kernel cannot format
        it."""
        if column.is_computed:
            return None
        declared = column.descriptor
        is_blob = stored.dtype == Dtype.BLOB == declared.dtype
        if is_blob and not (self._has_blobs and column.has_charset_of(stored)):
            return None
        if (
            not stored.is_stored
            or stored.encryption
            or not (is_blob or stored.has_same_type(declared))
        ):
            return None
        op, decimals = self._op(stored)
        if op == Op.REFERENCE or not _has_length_of_type(stored):
            return None
        decoding: list[int] | None = [0, 0, NO_TABLE, 0]
        if op in (Op.CHAR, Op.VARCHAR, Op.BLOB):
            charset = column.charset if is_blob else stored.charset_id
            is_binary_field = is_binary(charset) or (is_blob and not column.is_text_blob)
            decoding = self._binary() if is_binary_field else self._text(column, charset, stored)
        if decoding is None:
            return None
        byte, bit = column.field_id >> 3, 1 << (column.field_id & 7)
        return [op, stored.offset, stored.length, decimals, byte, bit, *decoding]

    @staticmethod
    def _op(stored: Descriptor) -> tuple[Op, int]:
        """The operation for a stored type, and its number of decimals."""
        decimals = -stored.scale
        if stored.dtype in _INTEGERS:
            return (Op.INTEGER, decimals) if decimals >= 0 else (Op.REFERENCE, 0)
        if stored.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT):
            return (Op.FIXED, decimals) if decimals > 0 else (Op.DOUBLE, 0)
        if stored.dtype == Dtype.TEXT:
            return Op.CHAR, 0
        if stored.dtype == Dtype.VARYING:
            return Op.VARCHAR, 0
        if stored.dtype == Dtype.BLOB:
            return Op.BLOB, 0
        return _SIMPLE_OPS.get(stored.dtype, Op.REFERENCE), 0

    def _binary(self) -> list[int] | None:
        """DECODING, CHARACTERS, OTHERWISE and COUNTS_UTF8 of binary data; None if it is not
        written as hexadecimal digits."""
        return [Decoding.HEX, 0, NO_TABLE, 0] if self._is_hex else None

    def _text(self, column: Column, charset: int, stored: Descriptor) -> list[int] | None:
        """DECODING, CHARACTERS, OTHERWISE and COUNTS_UTF8 of text; None if the kernel cannot decode
        it."""
        decoder = self._decoder.of_column(self._table.name, column.name)
        rule = decoder.rule(charset)
        if rule.charset not in (charsets.UTF8, charsets.UNICODE_FSS):
            table = self._table_index(rule.charset)
            return None if table == NO_TABLE else [table, 0, NO_TABLE, int(rule.counts_utf8)]
        width = charsets.max_character_bytes(charset) if decoder.cuts(charset) else 1
        otherwise = NO_TABLE if rule.otherwise is None else self._table_index(rule.otherwise)
        return [Decoding.UTF8, stored.length // width, otherwise, int(rule.counts_utf8)]

    def _table_index(self, charset: int) -> int:
        return self._charsets.index(charset) if charset in self._charsets else NO_TABLE


def _has_length_of_type(stored: Descriptor) -> bool:
    """Whether the stored field has a length that its type allows."""
    min_length = 2 if stored.dtype == Dtype.VARYING else 0
    return stored.length == DTYPE_LENGTH.get(stored.dtype, max(stored.length, min_length))


def _fallback_cell(cell: Cell, constants: bytearray) -> list[int]:
    """The kernel's cell for a column that it can't format itself: a constant, or a callback."""
    if not isinstance(cell, Constant):
        return [Op.REFERENCE, *[0] * (CELL_WIDTH - 1)]
    if cell.value is None:
        return [Op.EMPTY, *[0] * (CELL_WIDTH - 1)]
    text = quoted(cell.value).encode("utf-8", "replace")
    offset = len(constants)
    constants += text
    return [Op.CONSTANT, offset, len(text), *[0] * (CELL_WIDTH - 3)]


def _packed(data: bytes, is_quoted: bool, flags: int = 0) -> int:
    """A character as the kernel stores it, see text_fields.pxd.

    Its bytes (in a CSV field, if `is_quoted`) are stored from the lowest byte on, then their count,
    and flags.
    """
    needs_quotes = is_quoted and data in (b'"', b",", b"\r", b"\n")
    data = data.replace(b'"', b'""') if is_quoted else data
    return int.from_bytes(data, "little") | len(data) << 24 | needs_quotes << 30 | flags


def _packed_character(text: str, is_quoted: bool) -> int:
    """A character of a single-byte set, with flags for the suspicious characters to count."""
    is_control = "\x80" <= text <= "\x9f"
    is_replacement = text == charsets.REPLACEMENT
    flags = (not text.isascii()) << 28 | is_control << 29 | is_replacement << 31
    return _packed(text.encode(), is_quoted, flags)


@cache
def _has_table(charset: int) -> bool:
    """Whether the kernel decodes the set by a table: a single-byte set whose lower half is ASCII
    and whose upper half has no ASCII characters."""
    table = charsets.single_byte_table(charset)
    if table is None or len(table) != 256:
        return False
    return all(table[byte] == chr(byte) for byte in range(128)) and not any(
        text.isascii() or len(text) != 1 for text in table[128:]
    )


def _table_charsets(table: Table, decoder: TextDecoder) -> list[int]:
    """The character sets of the table's columns that the kernel decodes by a character table."""
    rules = {
        decoder.of_column(table.name, column.name).rule(charset)
        for column in table.columns
        for charset in (column.charset, column.descriptor.charset_id)
    }
    sets = {charset for rule in rules for charset in (rule.charset, rule.otherwise)}
    return sorted(charset for charset in sets if charset is not None and _has_table(charset))


@cache
def _packed_table(charset: int, is_quoted: bool) -> bytes:
    table = charsets.single_byte_table(charset) or ()
    return array("I", (_packed_character(text, is_quoted) for text in table)).tobytes()


@cache
def _packed_bytes(is_quoted: bool) -> bytes:
    return array("I", (_packed(bytes([byte]), is_quoted) for byte in range(256))).tobytes()


def _character_tables(sets: Sequence[int], is_quoted: bool) -> memoryview:
    """A row of 256 packed characters per set, then the row for UTF-8, which keeps each byte."""
    packed = b"".join(
        [*(_packed_table(charset, is_quoted) for charset in sets), _packed_bytes(is_quoted)]
    )
    return memoryview(packed).cast("I", (len(packed) // 1024, 256))
