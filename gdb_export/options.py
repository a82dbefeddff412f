"""The options of an export."""

from typing import NamedTuple

from gdb_export.contract.options import BadOption

__all__ = ["BadOption", "ExportOptions"]


class ExportOptions(NamedTuple):
    """Options of one export. `tables` None: all tables; `workers` None: one thread per core."""

    tables: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    charset: str = "WIN1252"
    binary: str = "hex"
    strict: bool = False
    overwrite: bool = False
    compression: int | None = None
    workers: int | None = None
