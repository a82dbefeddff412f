"""What a person may choose about an export."""

from dataclasses import dataclass, field


class BadOption(Exception):
    """An option that cannot be followed; the text names it and what is allowed."""

    def __init__(self, why: str, option: str = "") -> None:
        super().__init__(f"{option}: {why}" if option else why)
        self.option = option


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`tables` None means all; `workers` None means one per core."""

    tables: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = field(default=())
    charset: str = "WIN1252"
    binary: str = "hex"
    strict: bool = False
    overwrite: bool = False
    compression: int | None = None
    workers: int | None = None
