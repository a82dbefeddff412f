"""Compares the export of a damaged database with that of the undamaged one."""

from functools import cache

from tests.data.databases import database_bytes
from tests.export.in_memory import ExportedTables, export_in_memory


@cache
def undamaged(name: str) -> ExportedTables:
    return export_in_memory(database_bytes(name))


def only_rows_missing(damaged: list[str], whole: list[str]) -> bool:
    """Whether `damaged` is `whole` with some lines left out."""
    rest = iter(whole)
    return all(line in rest for line in damaged)
