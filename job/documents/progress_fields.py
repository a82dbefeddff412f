"""Converts progress into fields of the job document."""

from datetime import datetime, timedelta
from typing import Any

from gdb_export.contract.results import MAX_TABLE_WARNINGS, capped_warnings, working
from gdb_export.progress import Snapshot, TableDone

# Below this share of the pages the rate is too uncertain for an estimate of the end.
_MIN_SHARE_FOR_ETA = 0.01


class ProgressFields:
    """Converts snapshots to fields. The rate is measured from the first snapshot with a number of
    pages, because the time before it is spent on the catalogue."""

    def __init__(self) -> None:
        self._first: Snapshot | None = None

    def of(self, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
        """Return the fields `progress` and `result` of a running export."""
        if not snapshot.pages_total:
            return {"result": working("Reading the catalogue")}
        self._first = first = self._first or snapshot
        elapsed = snapshot.seconds - first.seconds
        share = min(snapshot.pages / snapshot.pages_total, 1.0)
        progress = {
            "percent": round(100 * share, 1),
            "pages": snapshot.pages,
            "pages_total": snapshot.pages_total,
            "rows": snapshot.rows,
            "tables": snapshot.tables,
            "tables_total": snapshot.tables_total,
            "bytes_out": snapshot.bytes_out,
            "rate": f"{snapshot.rows / elapsed:,.0f} rows/s" if elapsed > 0 else None,
            "eta": _eta(share, elapsed, now),
        }
        return {"progress": progress, "result": _result(snapshot)}


def table_fields(table: TableDone) -> dict[str, Any]:
    """Return the fields of a table's document in the subcollection."""
    counts = {"rows": table.rows, "bytes": table.bytes}
    warnings = capped_warnings(table.warnings, MAX_TABLE_WARNINGS)
    return {"name": table.name, "status": "SUCCESS", **counts, "warnings": warnings}


def _eta(share: float, elapsed: float, now: datetime) -> datetime | None:
    if share < _MIN_SHARE_FOR_ETA or elapsed <= 0:
        return None
    return now + timedelta(seconds=elapsed * (1 - share) / share)


def _result(snapshot: Snapshot) -> dict[str, Any]:
    current, total = snapshot.current, snapshot.tables_total
    if not snapshot.table:
        return working(f"Starting with {total} tables", current, total)
    return working(f"Exporting {snapshot.table} ({current} of {total})", current, total)
