"""Rows of a table as CSV: picks the twin that makes them.

The compiled one, unless it is not there or the environment has PURE_PYTHON=1.
"""

import os

from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.reference_images import ReferenceImages

TableRows = ReferenceRows
TableImages = ReferenceImages
COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from gdb_export.csv_rows.compiled import CompiledRows as TableRows
        from gdb_export.csv_rows.compiled_images import CompiledImages as TableImages

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name not in (
            "gdb_export.csv_rows.kernel._compiled",
            "gdb_export.csv_rows.kernel._row_writer",
        ):
            raise

table_rows = TableRows
table_images = TableImages

__all__ = ["COMPILED", "TableImages", "TableRows", "table_images", "table_rows"]
