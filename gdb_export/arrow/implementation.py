"""Selects the implementation of columns: see csv_rows."""

from gdb_export.arrow.reference import ReferenceColumns
from gdb_export.arrow.table_batches import MakeColumns

REFERENCE: MakeColumns = ReferenceColumns
IMPLEMENTATION: MakeColumns = REFERENCE
