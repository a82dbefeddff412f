"""Rows of tables as CSV, by a reference and a compiled implementation.

IMPLEMENTATION is the compiled one, unless it is not installed or the environment sets
PURE_PYTHON=1.
"""

import os

from gdb_export.csv_rows.implementation import CsvImplementation
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.reference_images import ReferenceImages

_EXTENSIONS = (
    "gdb_export.csv_rows.kernel._compiled",
    "gdb_export.csv_rows.kernel._record_kernel",
    "gdb_export.csv_rows.kernel._row_writer",
)

REFERENCE = CsvImplementation("reference", ReferenceRows, ReferenceImages)
IMPLEMENTATION = REFERENCE
if not os.environ.get("PURE_PYTHON"):
    try:
        from gdb_export.csv_rows.compiled import CompiledRows
        from gdb_export.csv_rows.compiled_images import CompiledImages

        IMPLEMENTATION = CsvImplementation("compiled", CompiledRows, CompiledImages)
    except ModuleNotFoundError as missing:
        if missing.name not in _EXTENSIONS:
            raise
COMPILED = IMPLEMENTATION is not REFERENCE

__all__ = ["COMPILED", "IMPLEMENTATION", "REFERENCE", "CsvImplementation"]
