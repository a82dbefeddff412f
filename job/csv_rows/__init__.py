"""Rows of a table as CSV: picks the twin that makes them."""

from job.csv_rows.plain import PlainRows as TableRows

COMPILED = False
table_rows = TableRows

__all__ = ["COMPILED", "TableRows", "table_rows"]
