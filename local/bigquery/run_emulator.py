"""Runs bqemulator, in a virtual environment of its own: run_emulator.py PORT.

Makes the emulator behave like BigQuery where the two differ for a load.
"""

import re
import sys
from typing import Any

import duckdb
from bqemulator.api.routes import tables
from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.cli import main
from bqemulator.jobs import executor
from bqemulator.storage import type_map
from bqemulator.storage.sql_identifiers import quoted_table_ref
from duckdb_extensions import import_extension

_WIDENED = re.compile(
    r"ALTER TABLE `([^.`]+)\.([^.`]+)\.([^.`]+)` ALTER COLUMN `([^`]+)` SET DATA TYPE (\w+)"
)
_WITHOUT_KEY = re.compile(r"ALTER TABLE `([^.`]+)\.([^.`]+)\.([^.`]+)` DROP PRIMARY KEY")


def install_extensions() -> None:
    """Install the extensions of DuckDB from packages; the emulator would download them."""
    for extension in ("avro", "icu", "json", "spatial"):
        import_extension(extension)
    duckdb.default_connection().close()


def keep_bignumeric_exact() -> None:
    """Store BIGNUMERIC as text, because DuckDB has no decimals of 76 digits."""
    type_map._BQ_TO_DUCKDB["BIGNUMERIC"] = "VARCHAR"


def add_columns_with_the_schema() -> None:
    """Make tables.patch add the columns to the stored table too, not to its description only."""
    update = MemoryCatalogRepository.update_table

    def update_table(repository: Any, table: Any) -> Any:
        existing = repository.get_table(table.project_id, table.dataset_id, table.table_id)
        known = {field.name for field in existing.schema_.fields} if existing else set()
        stored = quoted_table_ref(table.project_id, table.dataset_id, table.table_id)
        columns = type_map.bq_schema_to_duckdb_columns(
            [field.model_dump() for field in table.schema_.fields]
        )
        for name, column_type in columns:
            if known and name not in known:
                repository._engine.execute(
                    f'ALTER TABLE {stored} ADD COLUMN "{name}" {column_type}'
                )
        return update(repository, table)

    MemoryCatalogRepository.update_table = update_table


def describe_widened_columns() -> None:
    """Make ALTER COLUMN change the description of the table too, not the stored table only."""
    sync = executor.sync_created_table

    def sync_table(query: str, project_id: str, context: Any) -> None:
        sync(query, project_id, context)
        if not (match := _WIDENED.match(query)):
            return
        project, dataset, table_id, column, wider = match.groups()
        table = context.catalog.get_table(project, dataset, table_id)
        fields = tuple(
            field.model_copy(update={"type": wider}) if field.name == column else field
            for field in table.schema_.fields
        )
        schema = table.schema_.model_copy(update={"fields": fields})
        context.catalog.update_table(table.model_copy(update={"schema_": schema}))

    executor.sync_created_table = sync_table


def keep_primary_keys() -> None:
    """Keep the declared primary key of a table, and support its removal."""
    requested: dict[str, Any] = {}  # by the etag of a table that may be created
    keys: dict[tuple[str, ...], Any] = {}
    read, write = tables._rest_to_table_meta, tables._table_to_rest
    create = MemoryCatalogRepository.create_table
    run = executor._run_single_sql

    def read_table(project: str, dataset: str, body: dict[str, Any], *more: Any) -> Any:
        table = read(project, dataset, body, *more)
        requested[table.etag] = body.get("tableConstraints")
        return table

    def create_table(repository: Any, table: Any) -> Any:
        keys[_name(table)] = requested.pop(table.etag, None)
        return create(repository, table)

    def write_table(table: Any) -> dict[str, Any]:
        body: dict[str, Any] = write(table)
        constraints = keys.get(_name(table))
        return body | {"tableConstraints": constraints} if constraints else body

    async def run_sql(project: str, query: str, *more: Any, **options: Any) -> Any:
        if match := _WITHOUT_KEY.match(query):
            keys.pop(match.groups(), None)
            query = "SELECT 1"
        return await run(project, query, *more, **options)

    tables._rest_to_table_meta, tables._table_to_rest = read_table, write_table
    MemoryCatalogRepository.create_table = create_table
    executor._run_single_sql = run_sql


def _name(table: Any) -> tuple[str, str, str]:
    return table.project_id, table.dataset_id, table.table_id


def list_friendly_names() -> None:
    """Add the friendly names of tables to a list of tables."""
    to_item = tables._table_to_list_item

    def list_item(table: Any) -> dict[str, Any]:
        friendly = {"friendlyName": table.friendly_name} if table.friendly_name else {}
        item: dict[str, Any] = to_item(table)
        return item | friendly

    tables._table_to_list_item = list_item


if __name__ == "__main__":
    install_extensions()
    keep_bignumeric_exact()
    add_columns_with_the_schema()
    describe_widened_columns()
    keep_primary_keys()
    list_friendly_names()
    main(["start", "--rest-port", sys.argv[1], "--grpc-port", "0", "--log-level", "warning"])
