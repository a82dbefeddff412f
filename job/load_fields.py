"""The fields of the job document that describe a load into BigQuery."""

from collections.abc import Mapping
from typing import Any

from gdb_export.bigquery.load.batches import FailedTable
from gdb_export.bigquery.load.dataset_load import LoadResult
from gdb_export.bigquery.load.table_load import LoadedTable
from gdb_export.bigquery.reference_month import ReferenceMonth
from gdb_export.contract.job_document import Status

# Failed tables and reasons that the document lists; the others are counted
_MAX_LISTED = 50
_MAX_REASON = 500
_MAX_REASONS = 20


def dataset_fields(dataset: str, month: ReferenceMonth, result: LoadResult) -> dict[str, Any]:
    """The field `result.dataset`. `dataset` is PROJECT.DATASET."""
    failed = [
        {"table": table.table, "message": table.reason[:_MAX_REASON]}
        for table in result.failed[:_MAX_LISTED]
    ]
    return {
        "name": dataset,
        "reference": month.first_day.isoformat(),
        "reference_from": month.origin.value,
        "tables": len(result.loaded),
        "rows": result.rows,
        "failed_tables": len(result.failed),
        "failed": failed,
    }


def failure_message(dataset: str, result: LoadResult) -> str | None:
    """The message of a load that has failed for some tables; None if every table was loaded."""
    if not result.failed:
        return None
    first = result.failed[0]
    total = len(result.failed) + len(result.loaded)
    others = len(result.failed) - 1
    more = f"; {others} more in result.dataset.failed" if others else ""
    return (
        f"{len(result.failed)} of {total} tables were not loaded into {dataset}:"
        f" {first.table}: {first.reason}{more}. The export is complete; upload the file again to"
        " load all tables once more."
    )


def loaded_table_fields(table: LoadedTable | FailedTable) -> Mapping[str, Any]:
    """The fields of a table's document. `load.retried` lists why steps were repeated."""
    state: dict[str, Any]
    if isinstance(table, FailedTable):
        state = {"status": Status.FAILURE.value, "message": table.reason[:_MAX_REASON]}
    else:
        retried = [reason[:_MAX_REASON] for reason in table.retried[:_MAX_REASONS]]
        state = {"status": Status.SUCCESS.value, "rows": table.rows, "retried": retried}
    return {"name": table.table, "load": {"table": table.name, **state}}
