"""Runs bqemulator, in a virtual environment of its own: run_emulator.py PORT.

Makes the emulator behave like BigQuery where the two differ for a load.
"""

import re
import sys
from typing import Any

import duckdb
from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.cli import main
from bqemulator.jobs import executor
from bqemulator.storage import type_map
from bqemulator.storage.sql_identifiers import quoted_table_ref
from duckdb_extensions import import_extension

_WIDENED = re.compile(
    r"ALTER TABLE `([^.`]+)\.([^.`]+)\.([^.`]+)` ALTER COLUMN `([^`]+)` SET DATA TYPE (\w+)"
)


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


if __name__ == "__main__":
    install_extensions()
    keep_bignumeric_exact()
    add_columns_with_the_schema()
    describe_widened_columns()
    main(["start", "--rest-port", sys.argv[1], "--grpc-port", "0", "--log-level", "warning"])
