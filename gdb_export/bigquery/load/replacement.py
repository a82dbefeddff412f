"""The transaction that replaces the rows of one source and month in one or several tables."""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from google.cloud.bigquery import Client, QueryJob, TableReference

from gdb_export.bigquery.load.retries import ONCE
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.target_table import TargetTable, quoted
from gdb_export.bigquery.schemas.columns import TableColumn


class Replacement(NamedTuple):
    """A table that gets the rows of a staging table; without one it only loses the earlier rows."""

    target: TargetTable
    staging: TableReference | None


def start_script(client: Client, location: str, script: str, job_id: str) -> QueryJob:
    """Start a job that runs the script."""
    return client.query(script, job_id=job_id, location=location, retry=ONCE, job_retry=None)


def replacement_script(settings: LoadSettings, replacements: Iterable[Replacement]) -> str:
    """The script. Values are literals: the emulator supports no parameters in transactions."""
    statements = ["BEGIN TRANSACTION"]
    for replacement in replacements:
        statements.extend(_statements(settings, replacement))
    statements.append("COMMIT TRANSACTION")
    return ";\n".join(statements) + ";"


def _statements(settings: LoadSettings, replacement: Replacement) -> Iterator[str]:
    target, staging = replacement
    added = settings.added
    month = f"DATE '{settings.month.isoformat()}'"
    source = _string(settings.source)
    yield (
        f"DELETE FROM {quoted(target.reference)}"
        f" WHERE `{added.month}` = {month} AND `{added.source}` = {source}"
    )
    if staging is not None:
        column_names = [*(column.name for column in target.columns), *added]
        names = ", ".join(f"`{name}`" for name in column_names)
        values = ", ".join(_value(column, target) for column in target.columns)
        loaded_at = f"TIMESTAMP '{settings.loaded_at.isoformat(sep=' ')}'"
        yield (
            f"INSERT INTO {quoted(target.reference)} ({names})"
            f" SELECT {values}, {month}, {source}, {loaded_at} FROM {quoted(staging)}"
        )


def _string(text: str) -> str:
    """A string literal; the escapes of JSON are those of GoogleSQL too."""
    return json.dumps(text, ensure_ascii=False)


def _value(column: TableColumn, target: TargetTable) -> str:
    """SQL for a column of the staging table, with the type of the column in the target."""
    target_type = target.types.get(column.name.lower(), column.type)
    if target_type == column.type or column.is_repeated:
        return f"`{column.name}`"
    return f"CAST(`{column.name}` AS {target_type})"
