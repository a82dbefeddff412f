"""The interface of a task: the work that an attempt runs and its access to the job document."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gdb_export.contract.job_document import JobDocument
from gdb_export.contract.options import LOAD_OPTIONS
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.memory_limit import memory_limit
from gdb_export.progress import Progress, Snapshot
from job.documents.leased_document import LeasedDocument
from job.settings import Settings


class Task(Protocol):
    """A SingleTask or a PartTask."""

    @property
    def document(self) -> LeasedDocument: ...

    def claim(self, fields: Mapping[str, Any]) -> JobDocument:
        """Claim the document for this attempt and write `fields` if it is the execution's first
        claim. Return the document as it was before. Raises NotClaimable."""
        ...

    def write_progress(self, snapshot: Snapshot) -> None:
        """Write the progress and prolong the lease. Raises LeaseLost."""
        ...

    def export(
        self,
        document: JobDocument,
        progress: Progress,
        report: Callable[[], None],
        before_commit: Callable[[], None],
    ) -> PublishedExport | None:
        """Export and return the ZIP or folder; None if other tasks have yet to finish their parts.

        `report` writes the current progress; `before_commit` is called before each step that
        completes an object and raises if the attempt must stop.
        """
        ...

    def leave_to_next_attempt(self, message: str, reason: str) -> None:
        """Record in the document that this attempt failed and that another one follows.

        `reason` is for the list of earlier attempts, `message` adds the attempt's number.
        """
        ...

    def abandon_uploads(self) -> None:
        """End the upload sessions in progress; called before the process is ended by force."""
        ...

    def clean_up(self) -> None:
        """Remove what the export no longer needs; called after the attempt has ended."""
        ...


def provenance(settings: Settings, document: JobDocument) -> Provenance:
    source = document.source
    return Provenance(
        bucket=source.bucket,
        name=source.name,
        generation=source.generation,
        options={
            name: value for name, value in document.options.items() if name not in LOAD_OPTIONS
        },
        job=settings.document,
        checksum=source.checksum,
    )


def source_budget(settings: Settings) -> int:
    """Return the memory for the bytes of the source, in bytes."""
    return settings.source_bytes or memory_limit() // 2
