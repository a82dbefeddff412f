"""The transaction that replaces the rows of one source and month."""

import json
from collections.abc import Sequence

from google.cloud.bigquery import Client, QueryJob, TableReference

from gdb_export.bigquery.load.columns import TableColumn
from gdb_export.bigquery.load.retries import ONCE
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.target_table import TargetTable, quoted


def start_replacement(
    client: Client,
    settings: LoadSettings,
    target: TargetTable,
    columns: Sequence[TableColumn],
    staging: TableReference | None,
    job_id: str,
) -> QueryJob:
    """Start the transaction. Without a staging table it only deletes the earlier rows."""
    script = replacement_script(settings, target, columns, staging)
    return client.query(
        script, job_id=job_id, location=settings.location, retry=ONCE, job_retry=None
    )


def replacement_script(
    settings: LoadSettings,
    target: TargetTable,
    columns: Sequence[TableColumn],
    staging: TableReference | None,
) -> str:
    """The script. Values are literals: the emulator supports no parameters in transactions."""
    added = settings.added
    month = f"DATE '{settings.month.isoformat()}'"
    source = _string(settings.source)
    statements = [
        "BEGIN TRANSACTION",
        f"DELETE FROM {quoted(target.reference)}"
        f" WHERE `{added.month}` = {month} AND `{added.source}` = {source}",
    ]
    if staging is not None:
        column_names = [*(column.name for column in columns), *added]
        names = ", ".join(f"`{name}`" for name in column_names)
        values = ", ".join(_value(column, target) for column in columns)
        loaded_at = f"TIMESTAMP '{settings.loaded_at.isoformat(sep=' ')}'"
        statements.append(
            f"INSERT INTO {quoted(target.reference)} ({names})"
            f" SELECT {values}, {month}, {source}, {loaded_at} FROM {quoted(staging)}"
        )
    statements.append("COMMIT TRANSACTION")
    return ";\n".join(statements) + ";"


def _string(text: str) -> str:
    """A string literal; the escapes of JSON are those of GoogleSQL too."""
    return json.dumps(text, ensure_ascii=False)


def _value(column: TableColumn, target: TargetTable) -> str:
    """SQL for a column of the staging table, with the type of the column in the target."""
    target_type = target.types.get(column.name.lower(), column.type)
    if target_type == column.type or column.is_repeated:
        return f"`{column.name}`"
    return f"CAST(`{column.name}` AS {target_type})"
