from array import array
from enum import IntEnum
from typing import Protocol

from gdb_export.firebird.core.errors import Damage

PIECE_BYTES: int
CELL_WIDTH: int

class Op(IntEnum):
    PYTHON = 0
    NOTHING = 1
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

class Text(IntEnum):
    HEX = -1
    UTF8 = -2

class Helper(Protocol):
    def page_lines(self, place: int) -> bytes: ...
    def pages_behind(self, first: int, most: int) -> tuple[array[int], array[int], bytes]: ...
    def slot_line(self, place: int, slot: int) -> bytes: ...
    def field(self, number: int, column: int, image: bytes) -> bytes: ...
    def blob(self, blob_id: bytes) -> bytes: ...
    def blob_field(self, column: int, content: bytes) -> bytes: ...
    def add_damage(self, damage: Damage, place: int, slot: int) -> None: ...
    def states(self, transaction: int) -> tuple[int, bytes]: ...
    def blob_allowance(self) -> int: ...
    def spend_blob_bytes(self, count: int) -> None: ...
    def count_rows(self, count: int) -> None: ...
    def count_replaced_in(self, column: int, count: int) -> None: ...
    def compiled(self, number: int) -> tuple[list[list[int]], bytes, int] | None: ...

class Kernel:
    def __init__(
        self,
        helper: Helper,
        page_size: int,
        max_slots: int,
        relation: int,
        ods: tuple[int, int],
        committed_below: int,
        last_transaction: int,
        columns: int,
        tables: memoryview[int],
    ) -> None: ...
    def rebind(self, relation: int) -> None: ...
    def begin(
        self, data: bytes, sequences: array[int], offsets: array[int], extents: array[int]
    ) -> None: ...
    def begin_images(self, data: bytes, count: int, number: int) -> None: ...
    def next_piece(self) -> memoryview | None: ...
