"""Rows as gbak writes most of them, many at once: by compiled code, unless it is not there or the
environment has PURE_PYTHON=1. All others are read one by one."""

import os
from typing import TYPE_CHECKING

from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.rows import RowLayout

if TYPE_CHECKING:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch

COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from gdb_export.firebird.gbak.row_steps import make_backup_row_batch

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name != "gdb_export.firebird.gbak._backup_row_batch":
            raise

is_wanted = COMPILED


def backup_row_batch(layout: RowLayout | None, records: DataRecords) -> "BackupRowBatch | None":
    """For the rows of one table, and one thread; None where each is to be read by itself."""
    if not is_wanted or layout is None:
        return None
    return make_backup_row_batch(layout, records)
