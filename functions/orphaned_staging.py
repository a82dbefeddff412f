"""Staging tables in BigQuery that tasks of an ended export have left."""

import logging
from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError

from gdb_export.contract.job_document import JobDocument
from gdb_export.contract.staging_names import staging_of

log = logging.getLogger(__name__)

_PAGE_SIZE = 1000  # tables in one answer of BigQuery


class OrphanedStaging:
    """Removes orphaned staging tables from the datasets of their exports.

    `dataset` is that of the deployment, `open_client` gives the client of BigQuery. It is called
    for exports with a dataset only: the client takes a second to load.
    """

    def __init__(self, project: str, dataset: str, open_client: Callable[[], Any]) -> None:
        self._project = project
        self._dataset = dataset
        self._open_client = open_client

    def remove(self, document: JobDocument) -> None:
        """Remove the export's staging tables; an error leaves them to their expiry."""
        dataset = document.options.get("dataset") or self._dataset
        if not dataset:
            return
        full_name = dataset if "." in dataset else f"{self._project}.{dataset}"
        prefix = staging_of(document.task_id)
        try:
            client = self._open_client()
            for table in list(client.list_tables(full_name, page_size=_PAGE_SIZE)):
                if table.table_id.startswith(prefix):
                    client.delete_table(table.reference, not_found_ok=True)
        except (GoogleAPICallError, GoogleAuthError, OSError) as error:
            log.warning("tables %s… may be left in %s for a day: %s", prefix, full_name, error)
