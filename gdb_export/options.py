"""What a person may choose about an export."""

from typing import NamedTuple


class BadOption(Exception):
    """An option that cannot be followed; the text names it and what is allowed."""

    def __init__(self, why: str, option: str = "") -> None:
        super().__init__(f"{option}: {why}" if option else why)
        self.option = option


class ExportOptions(NamedTuple):
    """`tables` None means all; `workers` None means one per core."""

    tables: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    charset: str = "WIN1252"
    binary: str = "hex"
    strict: bool = False
    overwrite: bool = False
    compression: int | None = None
    workers: int | None = None
