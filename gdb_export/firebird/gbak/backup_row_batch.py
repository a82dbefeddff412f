"""Selects compiled code for reading rows of a backup in batches.

Rows are read one by one if the extension is not built or PURE_PYTHON=1 is in the environment.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.row_layout import RowLayout

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

# Makes the batch reader of one table for one thread; None if rows are read one by one
RowBatchFactory = Callable[[RowLayout, DataRecords], "BackupRowBatch | None"]


def compiled_row_batch(layout: RowLayout, records: DataRecords) -> "BackupRowBatch | None":
    return make_backup_row_batch(layout, records) if COMPILED else None


def no_row_batch(layout: RowLayout, records: DataRecords) -> None:
    """Select the reference implementation, which reads rows one by one."""
