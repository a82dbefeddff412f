from array import array
from enum import IntEnum
from typing import Protocol

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

class FieldHelper(Protocol):
    def compile_format(self, format_number: int) -> tuple[list[list[int]], bytes, int] | None: ...
    def field(self, format_number: int, column_index: int, image: bytes) -> bytes: ...
    def count_rows(self, count: int) -> None: ...
    def count_text(self, column_index: int, counts: tuple[int, int, int, int, int]) -> None: ...

class RowHelper(Protocol):
    def slot_line(self, page_index: int, slot: int) -> bytes: ...
    def add_damage(self, damage: Damage, page_index: int, slot: int) -> None: ...

class PageHelper(Protocol):
    def page_lines(self, page_index: int) -> bytes: ...
    def following_pages(self, first: int, count: int) -> tuple[array[int], array[int], bytes]: ...
    def states(self, transaction: int) -> tuple[int, bytes]: ...
    def blob(self, blob_id: bytes) -> bytes: ...
    def blob_field(self, column_index: int, content: bytes) -> bytes: ...
    def blob_allowance(self) -> int: ...
    def spend_blob_bytes(self, count: int) -> None: ...

class Kernel:
    def __init__(
        self,
        fields: FieldHelper,
        row_helper: RowHelper,
        pages: PageHelper | None,
        *,
        ods: tuple[int, int],
        columns: int,
        character_tables: memoryview[int],
        relation: int = 0,
        page_size: int = 0,
        max_slots: int = 0,
        committed_below: int = 0,
        last_transaction: int = 0,
        blob_header: tuple[int, int, int] = ...,
    ) -> None: ...
    def rebind(self, relation: int) -> None: ...
    def begin(
        self, data: bytes, sequences: array[int], offsets: array[int], extents: array[int]
    ) -> None: ...
    def begin_images(self, data: bytes, count: int, format_number: int) -> None: ...
    def next_lines(self) -> memoryview | None: ...
