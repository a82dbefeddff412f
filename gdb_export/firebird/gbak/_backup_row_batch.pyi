from collections.abc import Sequence
from enum import IntEnum

class Step(IntEnum):
    REVERSED = 0
    COPIED = 1
    SKIPPED = 2
    ZEROS = 3
    VARYING = 4
    CSTRING = 5

class BackupRowBatch:
    def __init__(
        self,
        is_compressed: bool,
        is_transportable: bool,
        shortest: int,
        longest: int,
        image_length: int,
        null_bytes: int,
        flag_bytes: int,
        steps: memoryview[int],
        nulls: memoryview[int],
        blobs: memoryview[int],
    ) -> None: ...
    def skip(self, data: bytes, offset: int, min_bytes: int) -> tuple[int, int]: ...
    def images(
        self, data: bytes, offset: int, end: int, max_bytes: int, base: int = 0
    ) -> tuple[Sequence[int], bytes, int]: ...
