from collections.abc import Callable
from typing import Protocol

from pyarrow import RecordBatch

from gdb_export.csv_rows.kernel._record_kernel import FieldHelper, PageHelper, RecordKernel

class ColumnFieldHelper(FieldHelper, Protocol):
    def value(
        self, format_number: int, column_index: int, image: bytes, page_index: int, slot: int
    ) -> object: ...

class ColumnRowHelper(Protocol):
    def slot_row(self, page_index: int, slot: int) -> list[object] | None: ...
    def page_rows(self, page_index: int) -> list[list[object]]: ...

class ColumnPageHelper(PageHelper, Protocol):
    def blob_content(
        self, column_index: int, blob_id: bytes, page_index: int, slot: int
    ) -> bytes | None: ...
    def blob_value(self, column_index: int, content: bytes) -> bytes: ...

class ColumnKernel(RecordKernel):
    def __init__(
        self,
        fields: ColumnFieldHelper,
        rows: ColumnRowHelper,
        pages: ColumnPageHelper | None,
        layouts: list[tuple[int, int]],
        max_rows: int,
        max_bytes: int,
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
    def is_full(self) -> bool: ...
    def take(
        self, importer: Callable[[int], RecordBatch]
    ) -> tuple[RecordBatch, list[list[object]]] | None: ...
