"""The table that gets the rows: it is created, or its schema is extended for a new file."""

import logging
from collections.abc import Mapping, Sequence
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

from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.jobs import JobRunner
from gdb_export.bigquery.load.retries import ONCE, Retries
from gdb_export.bigquery.names import AddedColumns
from gdb_export.bigquery.schemas.columns import TableColumn, added_fields, query_type
from gdb_export.bigquery.schemas.dataset_names import original_name, settle_columns
from gdb_export.bigquery.schemas.primary_keys import declare_key, is_key_outdated
from gdb_export.bigquery.schemas.reconciliation import Irreconcilable, SchemaChanges, reconcile

log = logging.getLogger(__name__)

_MAX_DESCRIPTION = 16_384  # characters of a table's description


class TargetTable(NamedTuple):
    """A table that can take the rows. `types` has the type of each column by its lower-case name.

    `columns` are those of the file, with their names in this table. `is_new`: this load created the
    table, which has no rows yet.
    """

    reference: TableReference
    is_new: bool
    columns: Sequence[TableColumn]
    types: dict[str, str]


class _Extended(NamedTuple):
    """An existing table after missing columns were added; `columns` are those of the file,
    `changes` the differences that were found."""

    table: Table
    columns: Sequence[TableColumn]
    changes: SchemaChanges


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
        exported: ExportedTable,
        columns: Sequence[TableColumn],
        retries: Retries,
        jobs: JobRunner,
    ) -> TargetTable:
        """Create the table or adapt its schema.

        Raises Irreconcilable, and BigQuery's errors.
        """
        table = self._new_table(reference, exported, columns)
        try:
            retries.call(
                "creation of the table", lambda: self._client.create_table(table, retry=ONCE)
            )
        except Conflict:
            extended = retries.call(
                "change of the schema", lambda: self._extend(reference, exported, columns)
            )
            self._alter(reference, exported, extended, jobs)
            types = _types(extended.table.schema)
            types |= {name.lower(): wider for name, wider in extended.changes.widened.items()}
            return TargetTable(reference, False, extended.columns, types)
        return TargetTable(reference, True, columns, _types(table.schema))

    def _new_table(
        self, reference: TableReference, exported: ExportedTable, columns: Sequence[TableColumn]
    ) -> Table:
        fields = [column.field() for column in columns] + added_fields(self._added)
        table = Table(reference, schema=fields)
        table.friendly_name = exported.name
        table.description = exported.description[:_MAX_DESCRIPTION] or None
        declare_key(table, exported.primary_key, columns, self._added)
        if self._is_partitioned:
            table.time_partitioning = TimePartitioning(
                TimePartitioningType.MONTH, field=self._added.month
            )
        return table

    def _extend(
        self, reference: TableReference, exported: ExportedTable, columns: Sequence[TableColumn]
    ) -> _Extended:
        """Add the missing columns and descriptions. Each try reads the table again: another load
        may have changed it."""
        table = self._client.get_table(reference, retry=ONCE)
        if table.table_type != "TABLE":
            raise Irreconcilable(f"{reference.table_id} is a {table.table_type} in the dataset")
        original = original_name(table.friendly_name, reference.table_id)
        if table.friendly_name == original != exported.name:
            raise Irreconcilable(
                f"{reference.table_id} in the dataset has the rows of {original}: load"
                f" {exported.name} again"
            )
        settled = settle_columns(table.schema, columns)
        changes = reconcile(table.schema, settled, added_fields(self._added))
        changed = []
        if changes.added or changes.described:
            described = [_described(field, changes.described) for field in table.schema]
            table.schema = [*described, *changes.added]
            changed.append("schema")
        if exported.description and not table.description:
            table.description = exported.description[:_MAX_DESCRIPTION]
            changed.append("description")
        if changed:
            table = self._client.update_table(table, changed, retry=ONCE)
        return _Extended(table, settled, changes)

    def _alter(
        self,
        reference: TableReference,
        exported: ExportedTable,
        extended: _Extended,
        jobs: JobRunner,
    ) -> None:
        """Make the changes that need a statement."""
        self._widen(reference, extended.changes, jobs)
        key = exported.primary_key
        if is_key_outdated(extended.table, key, extended.columns, self._added):
            log.warning(
                "the declaration of the primary key of %s is removed: it differs from that of this"
                " file",
                reference,
            )
            statement = f"ALTER TABLE {quoted(reference)} DROP PRIMARY KEY"
            jobs.run("removal of the primary key", partial(self._start, statement))

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


def _described(field: SchemaField, descriptions: Mapping[str, str]) -> SchemaField:
    """The field with its new description, and with all other properties that it had."""
    if field.name not in descriptions:
        return field
    return SchemaField.from_api_repr(
        field.to_api_repr() | {"description": descriptions[field.name]}
    )
