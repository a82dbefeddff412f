"""The table that gets the rows: it is created, or its schema is extended for a new file."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from google.api_core.exceptions import Conflict
from google.cloud.bigquery import (
    Client,
    QueryJob,
    SchemaField,
    Table,
    TableReference,
    TimePartitioning,
    TimePartitioningType,
)

from gdb_export.bigquery.load.columns import TableColumn, added_fields, query_type
from gdb_export.bigquery.load.jobs import JobRunner
from gdb_export.bigquery.load.reconciliation import Irreconcilable, SchemaChanges, reconcile
from gdb_export.bigquery.load.retries import ONCE, Retries
from gdb_export.bigquery.names import AddedColumns


class TargetTable(NamedTuple):
    """A table that can take the rows. `types` has the type of each column by its lower-case name.

    `is_new`: this load created the table, which has no rows yet.
    """

    reference: TableReference
    is_new: bool
    types: dict[str, str]


class TargetTables:
    """Prepares the tables of one dataset."""

    def __init__(
        self, client: Client, location: str, added: AddedColumns, is_partitioned: bool
    ) -> None:
        """`location` is that of the dataset."""
        self._client = client
        self._location = location
        self._added = added
        self._is_partitioned = is_partitioned

    def prepare(
        self,
        reference: TableReference,
        original: str,
        columns: Sequence[TableColumn],
        retries: Retries,
        jobs: JobRunner,
    ) -> TargetTable:
        """Create the table or adapt its schema. `original` is its name in Firebird.

        Raises Irreconcilable, and BigQuery's errors.
        """
        fields = [column.field() for column in columns] + added_fields(self._added)
        table = Table(reference, schema=fields)
        table.friendly_name = original
        if self._is_partitioned:
            table.time_partitioning = TimePartitioning(
                TimePartitioningType.MONTH, field=self._added.month
            )
        try:
            retries.call(
                "creation of the table", lambda: self._client.create_table(table, retry=ONCE)
            )
        except Conflict:
            table, changes = retries.call(
                "change of the schema", lambda: self._extend(reference, original, columns)
            )
            self._widen(reference, changes, jobs)
            widened = {name.lower(): wider for name, wider in changes.widened.items()}
            return TargetTable(reference, False, _types(table.schema) | widened)
        return TargetTable(reference, True, _types(fields))

    def _extend(
        self, reference: TableReference, original: str, columns: Sequence[TableColumn]
    ) -> tuple[Table, SchemaChanges]:
        """Add the missing columns. Each try reads the table again: another load may have changed
        it."""
        table = self._client.get_table(reference, retry=ONCE)
        if table.table_type != "TABLE":
            raise Irreconcilable(f"{reference.table_id} is a {table.table_type} in the dataset")
        if table.friendly_name and table.friendly_name != original:
            raise Irreconcilable(
                f"{reference.table_id} in the dataset has the rows of {table.friendly_name}:"
                f" rename it there to load {original}"
            )
        changes = reconcile(table.schema, columns, added_fields(self._added))
        if changes.added:
            table.schema = [*table.schema, *changes.added]
            table = self._client.update_table(table, ["schema"], retry=ONCE)
        return table, changes

    def _widen(self, reference: TableReference, changes: SchemaChanges, jobs: JobRunner) -> None:
        for name, wider in changes.widened.items():
            statement = (
                f"ALTER TABLE {quoted(reference)} ALTER COLUMN `{name}` SET DATA TYPE {wider}"
            )
            jobs.run(f"wider type of {name}", partial(self._start, statement))

    def _start(self, statement: str, job_id: str) -> QueryJob:
        return self._client.query(
            statement, job_id=job_id, location=self._location, retry=ONCE, job_retry=None
        )


def quoted(reference: TableReference) -> str:
    """The table's name in a query."""
    return f"`{reference.project}.{reference.dataset_id}.{reference.table_id}`"


def _types(fields: Sequence[SchemaField]) -> dict[str, str]:
    return {field.name.lower(): query_type(field) for field in fields}
