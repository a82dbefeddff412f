"""Parts of a ZIP that tasks of an ended export wrote and no task will assemble."""

import contextlib
import logging

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage

from gdb_export.contract.job_document import JobDocument
from gdb_export.contract.part_names import parts_of

log = logging.getLogger(__name__)


class OrphanedParts:
    """Removes orphaned parts from the buckets of their exports."""

    def __init__(self, objects: storage.Client) -> None:
        self._objects = objects

    def remove(self, document: JobDocument) -> None:
        """Remove the export's parts; an error leaves them to the bucket's lifecycle rule."""
        bucket = self._objects.bucket(document.source.bucket)
        prefix = parts_of(document.task_id)
        try:
            for blob in list(bucket.list_blobs(prefix=prefix)):
                with contextlib.suppress(NotFound):
                    bucket.delete_blob(blob.name)
        except (GoogleAPICallError, GoogleAuthError, OSError) as error:
            log.warning("parts may be left under gs://%s/%s: %s", bucket.name, prefix, error)
