"""Removal of orphaned staging tables, with a client that only records."""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden

from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from orphaned_staging import OrphanedStaging

SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)


class RecordingClient:
    """Tables of one export, of others, and staging tables of others."""

    def __init__(self, is_forbidden: bool = False) -> None:
        self.listed: list[str] = []
        self.deleted: list[str] = []
        self._is_forbidden = is_forbidden

    def list_tables(self, dataset: str, page_size: int) -> list[SimpleNamespace]:
        self.listed.append(dataset)
        if self._is_forbidden:
            raise Forbidden("no")  # type: ignore[no-untyped-call]
        names = ("T", "_staging_a_b_export_1_0_T", "_staging_a_b_export_1_1_U", "_staging_a_c_0_T")
        return [SimpleNamespace(table_id=name, reference=name) for name in names]

    def delete_table(self, reference: str, not_found_ok: bool) -> None:
        assert not_found_ok
        self.deleted.append(reference)


def document(**options: Any) -> JobDocument:
    created_at = datetime(2025, 8, 1, tzinfo=UTC)
    return JobDocument("a-b", Status.FAILURE, SOURCE, created_at=created_at, options=options)


def test_only_the_staging_tables_of_the_document_are_removed() -> None:
    client = RecordingClient()
    OrphanedStaging("demo", "demo.tables", lambda: client).remove(document())
    assert client.listed == ["demo.tables"]
    assert client.deleted == ["_staging_a_b_export_1_0_T", "_staging_a_b_export_1_1_U"]


def test_the_dataset_of_the_upload_comes_first() -> None:
    client = RecordingClient()
    OrphanedStaging("demo", "demo.tables", lambda: client).remove(document(dataset="other"))
    assert client.listed == ["demo.other"]


def test_no_client_is_opened_without_a_dataset() -> None:
    def open_client() -> Any:
        raise AssertionError("BigQuery is not used")

    OrphanedStaging("demo", "", open_client).remove(document())


def test_a_denied_removal_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    client = RecordingClient(is_forbidden=True)
    with caplog.at_level(logging.WARNING):
        OrphanedStaging("demo", "demo.tables", lambda: client).remove(document())
    assert "tables _staging_a_b_… may be left in demo.tables for a day" in caplog.text
