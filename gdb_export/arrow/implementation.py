"""Selects the implementation of columns: the compiled one, unless it is not installed or the
environment sets PURE_PYTHON=1."""

import os

from gdb_export.arrow.reference import ReferenceColumns
from gdb_export.arrow.table_batches import MakeColumns

_EXTENSIONS = (
    "gdb_export.arrow.kernel._columns",
    "gdb_export.csv_rows.kernel._compiled",
    "gdb_export.csv_rows.kernel._record_kernel",
    "gdb_export.csv_rows.kernel._row_writer",
)

REFERENCE: MakeColumns = ReferenceColumns
IMPLEMENTATION: MakeColumns = REFERENCE
if not os.environ.get("PURE_PYTHON"):
    try:
        from gdb_export.arrow.compiled import CompiledColumns

        IMPLEMENTATION = CompiledColumns
    except ModuleNotFoundError as missing:
        if missing.name not in _EXTENSIONS:
            raise
