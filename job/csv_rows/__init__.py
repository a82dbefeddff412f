"""Rows of a table as CSV: picks the twin that makes them.

The compiled one, unless it is not there or the environment has PURE_PYTHON=1.
"""

import os

from job.csv_rows.plain import PlainRows

TableRows = PlainRows
COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from job.csv_rows.fast import FastRows as TableRows

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name != "job.csv_rows._fast":
            raise

table_rows = TableRows

__all__ = ["COMPILED", "TableRows", "table_rows"]
