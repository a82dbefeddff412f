"""Rows of a table as CSV: picks the twin that makes them.

The compiled one, unless it is not there or the environment has PURE_PYTHON=1.
"""

import os

from job.csv_rows.plain import PlainRows
from job.csv_rows.plain_images import PlainImages

TableRows = PlainRows
TableImages = PlainImages
COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from job.csv_rows.fast import FastRows as TableRows
        from job.csv_rows.fast_images import FastImages as TableImages

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name not in ("job.csv_rows._fast", "job.csv_rows._row_writer"):
            raise

table_rows = TableRows
table_images = TableImages

__all__ = ["COMPILED", "TableImages", "TableRows", "table_images", "table_rows"]
