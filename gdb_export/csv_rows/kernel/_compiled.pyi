from collections.abc import Iterator
from enum import IntEnum
from typing import Protocol

from gdb_export.csv_rows.kernel._record_kernel import FieldHelper, PageHelper, RecordKernel
from gdb_export.csv_rows.lines import Written
from gdb_export.firebird.core.errors import Damage

CELL_WIDTH: int

class Op(IntEnum):
    REFERENCE = 0
    EMPTY = 1
    INTEGER = 2
    REAL = 3
    DOUBLE = 4
    FIXED = 5
    DATE = 6
    TIME = 7
    TIMESTAMP = 8
    BOOLEAN = 9
    CHAR = 10
    VARCHAR = 11
    BLOB = 12
    CONSTANT = 13

class Decoding(IntEnum):
    HEX = -1
    UTF8 = -2

NO_TABLE: int

class CsvFieldHelper(FieldHelper, Protocol):
    def field(
        self, format_number: int, column_index: int, image: bytes, page_index: int, slot: int
    ) -> Written: ...

class RowHelper(Protocol):
    def slot_line(self, page_index: int, slot: int) -> Written: ...

class CsvPageHelper(PageHelper, Protocol):
    def add_field_damage(
        self, damage: Damage, column_index: int, page_index: int, slot: int
    ) -> None: ...
    def page_lines(self, page_index: int) -> Iterator[bytes]: ...
    def open_blob(self, column_index: int, blob_id: bytes) -> Written: ...
    def blob_field(self, column_index: int, content: bytes) -> bytes: ...

class Kernel(RecordKernel):
    def __init__(
        self,
        fields: CsvFieldHelper,
        row_helper: RowHelper,
        pages: CsvPageHelper | None,
        *,
        ods: tuple[int, int],
        columns: int,
        character_tables: memoryview[int],
        relation: int = 0,
        page_size: int = 0,
        max_slots: int = 0,
        blob_divisor: int = 0,
        committed_below: int = 0,
        last_transaction: int = 0,
        blob_header: tuple[int, int, int] = ...,
        max_cells: int = ...,
    ) -> None: ...
    def next_lines(self) -> bytes | memoryview | None: ...
