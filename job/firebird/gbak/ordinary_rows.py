"""Rows as gbak writes most of them, many at once: by compiled code, unless it is not there or the
environment has PURE_PYTHON=1. All others are read one by one."""

import os
from typing import TYPE_CHECKING

from job.firebird.gbak.data_records import DataRecords
from job.firebird.gbak.rows import RowLayout

if TYPE_CHECKING:
    from job.firebird.gbak._ordinary_rows import OrdinaryRows

COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from job.firebird.gbak.row_steps import make_ordinary_rows

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name != "job.firebird.gbak._ordinary_rows":
            raise

is_wanted = COMPILED


def ordinary_rows(layout: RowLayout | None, records: DataRecords) -> "OrdinaryRows | None":
    """For the rows of one table, and one thread; None where each is to be read by itself."""
    if not is_wanted or layout is None:
        return None
    return make_ordinary_rows(layout, records)
