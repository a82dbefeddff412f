"""A client of BigQuery in memory that keeps no rows and counts the calls."""

import re
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

from google.api_core.exceptions import BadRequest, Conflict
from google.cloud.bigquery import Table, TableReference

_INSERTED = re.compile(r"INSERT INTO `[^`]+\.([^`.]+)`")


class DoneJob:
    """A job that has ended, with an error or without."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def done(self, retry: Any) -> bool:
        return True

    def exception(self) -> Exception | None:
        return self._error


class CountingClient:
    """Answers as BigQuery would. A query that inserts into a table of `failing` fails."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        self.calls: Counter[str] = Counter()
        self.inserted: list[list[str]] = []
        self.max_at_once = 0
        self._tables: dict[str, Table] = {}
        self._rows: Counter[str] = Counter()
        self._failing = failing
        self._lock = threading.Lock()
        self._at_once = 0

    def table_ids(self) -> set[str]:
        return set(self._tables)

    def list_tables(self, dataset: Any, **options: Any) -> list[Any]:
        return [
            SimpleNamespace(table_id=name, friendly_name=table.friendly_name)
            for name, table in self._tables.items()
        ]

    def create_table(self, table: Table, exists_ok: bool = False, **options: Any) -> None:
        with self._lock:
            self.calls["create_table"] += 1
            if table.table_id in self._tables and not exists_ok:
                raise Conflict("exists")  # type: ignore[no-untyped-call]
            self._tables[table.table_id] = table

    def get_table(self, reference: TableReference, **options: Any) -> Any:
        table = self._tables[reference.table_id]
        table._properties["numRows"] = self._rows[reference.table_id]
        table._properties["type"] = "TABLE"
        return table

    def delete_table(self, reference: TableReference, **options: Any) -> None:
        with self._lock:
            self._tables.pop(reference.table_id, None)
            self._rows.pop(reference.table_id, None)

    def load_table_from_file(self, file: Any, reference: TableReference, **options: Any) -> DoneJob:
        import pyarrow.parquet as pq

        with self._lock:
            self.calls["load"] += 1
            self._at_once += 1
            self.max_at_once = max(self.max_at_once, self._at_once)
        rows = pq.ParquetFile(file).metadata.num_rows
        with self._lock:
            self._at_once -= 1
            self._rows[reference.table_id] += rows
        return DoneJob()

    def query(self, script: str, **options: Any) -> DoneJob:
        self.calls["query"] += 1
        inserted = _INSERTED.findall(script)
        if set(inserted) & set(self._failing):
            return DoneJob(BadRequest("a value is bad"))  # type: ignore[no-untyped-call]
        self.inserted.append(inserted)
        return DoneJob()
