from collections.abc import Callable
from enum import IntEnum

from gdb_export.firebird.values.value_types import Value

class FieldType(IntEnum):
    NAME = 0
    VARYING_NAME = 1
    INTEGER = 2
    BYTES = 3

class RowPicker:
    def __init__(
        self,
        ods: tuple[int, int],
        committed_below: int,
        last_transaction: int,
        image_length: int,
        picks: list[tuple[str, int, int, int, int]],
    ) -> None: ...
    def rows(
        self,
        data: bytes,
        slots: int,
        fallback_row: Callable[[int], dict[str, Value] | None],
        inventory_states: Callable[[int], tuple[int, bytes]],
    ) -> list[dict[str, Value]]: ...
