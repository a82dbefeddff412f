from enum import IntEnum
from typing import Any, Protocol

class Kind(IntEnum):
    NAME = 0
    VARYING_NAME = 1
    INTEGER = 2
    BYTES = 3

class Helper(Protocol):
    def row(self, slot: int) -> dict[str, Any] | None: ...
    def states(self, transaction: int) -> tuple[int, bytes]: ...

class RowPicker:
    def __init__(
        self,
        helper: Helper,
        ods: tuple[int, int],
        committed_below: int,
        last_transaction: int,
        image_length: int,
        picks: list[tuple[str, int, int, int, int]],
    ) -> None: ...
    def rows(self, data: bytes, slots: int) -> list[dict[str, Any]]: ...
