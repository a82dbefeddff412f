"""Publishes the staged files of an export under their names in the bucket, the manifest last.

The files are copied on the server. Until the manifest has its name, an error undoes everything: the
copies are removed, and an export that was to be replaced gets its files back.
"""

import contextlib
import logging
from collections.abc import Mapping
from uuid import uuid4

from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
from google.cloud.storage import Blob, Bucket

from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.gcs.exports.folder_name import PUBLICATION, FreeFolder, resolve_folder
from gdb_export.gcs.exports.staged_files import content_type, in_parallel, remove_all
from gdb_export.gcs.provenance import Provenance
from gdb_export.gcs.resumable_upload import NameTaken
from gdb_export.zip.member_names import MANIFEST

log = logging.getLogger(__name__)

# Each attempt fails only if another export writes the same name at the same time.
_MAX_ATTEMPTS = 10


def publish_folder(
    bucket: Bucket,
    wanted: str,
    staged: Mapping[str, Blob],
    provenance: Provenance | None,
    overwrite: bool,
) -> str:
    """Publish the `staged` files (by path). Return their prefix: `wanted` or a numbered one.

    If an export of the same provenance has appeared meanwhile, nothing is published and its prefix
    is returned. Raises as `resolve_folder` does, and the errors of Google's client.
    """
    metadata = provenance.metadata() if provenance else {}
    for _ in range(_MAX_ATTEMPTS):
        output = resolve_folder(bucket, wanted, provenance, overwrite)
        if not isinstance(output, FreeFolder):
            return str(output.name).removesuffix(MANIFEST)
        try:
            _Publication(bucket, output, staged, metadata).run()
            return output.prefix
        except NameTaken:
            continue
    raise NameTaken(f"gs://{bucket.name}/{wanted}")


class _Publication:
    """One attempt to publish under one prefix."""

    def __init__(
        self,
        bucket: Bucket,
        output: FreeFolder,
        staged: Mapping[str, Blob],
        metadata: Mapping[str, str],
    ) -> None:
        self._bucket = bucket
        self._output = output
        self._staged = staged
        self._id = str(uuid4())
        self._metadata = {**metadata, PUBLICATION: self._id}
        # Copies of the files of the export that is replaced, by path
        self._saved: dict[str, Blob] = {}
        self._saved_prefix = f"{PARTS_PREFIX}{self._id}/"
        # The generations of the objects written so far, by path
        self._generations: dict[str, int] = {}

    def run(self) -> None:
        """Raises NameTaken if another export writes there, and the errors of Google's client."""
        try:
            if self._output.is_complete:
                in_parallel(self._save, self._output.existing)
                self._remove_existing(MANIFEST)
            # The first file alone: of two exports with the same tables, one fails here at once.
            paths = sorted(self._staged.keys() - {MANIFEST})
            in_parallel(self._publish, paths[:1])
            in_parallel(self._publish, paths[1:])
            in_parallel(self._remove_existing, self._output.existing.keys() - self._staged.keys())
            self._publish(MANIFEST)
        except BaseException:
            self._undo()
            raise
        self._remove_saved()

    def _publish(self, path: str) -> None:
        """Give a staged file its name. An existing manifest was already removed."""
        existing = None if path == MANIFEST else self._output.existing.get(path)
        generation = 0 if existing is None else existing.generation
        self._generations[path] = self._copy(self._staged[path], path, generation)

    def _copy(self, source: Blob, path: str, generation: int) -> int:
        """Copy to the path in the folder, and return the new generation.

        `generation` is that of the object that is replaced, 0 if there is none.
        """
        target = self._bucket.blob(self._output.prefix + path)
        target.content_type = content_type(path)
        target.metadata = self._metadata
        try:
            _rewrite(source, target, generation)
        except PreconditionFailed as error:
            existing = self._bucket.get_blob(target.name)
            # After a repeated request it may be the copy that the first request has made.
            if existing is None or (existing.metadata or {}).get(PUBLICATION) != self._id:
                raise NameTaken(f"gs://{self._bucket.name}/{target.name}") from error
            return int(existing.generation)
        return int(target.generation)

    def _save(self, path: str) -> None:
        """Copy a file of the export that is replaced, so that it can be restored."""
        existing = self._output.existing[path]
        saved = self._bucket.blob(self._saved_prefix + path)
        saved.content_type = existing.content_type
        saved.metadata = existing.metadata
        try:
            _rewrite(existing, saved, None)
        except NotFound as error:
            raise NameTaken(f"gs://{self._bucket.name}/{existing.name}") from error
        self._saved[path] = saved

    def _remove_existing(self, path: str) -> None:
        existing = self._output.existing[path]
        try:
            existing.delete(if_generation_match=existing.generation)
        except PreconditionFailed as error:
            raise NameTaken(f"gs://{self._bucket.name}/{existing.name}") from error
        except NotFound:
            pass

    def _undo(self) -> None:
        """Remove what was written and restore what was replaced."""
        try:
            in_parallel(self._remove_written, list(self._generations))
            in_parallel(self._restore, self._saved.keys() - {MANIFEST})
            if MANIFEST in self._saved:
                self._restore(MANIFEST)
        except (GoogleAPIError, OSError) as error:
            uri = f"gs://{self._bucket.name}/{self._output.prefix}"
            log.error("an incomplete export is left at %s: %s", uri, error)
            if self._saved:
                saved = f"gs://{self._bucket.name}/{self._saved_prefix}"
                log.error("the files of the earlier export are under %s", saved)
            return
        self._remove_saved()

    def _remove_written(self, path: str) -> None:
        with contextlib.suppress(NotFound, PreconditionFailed):
            blob = self._bucket.blob(self._output.prefix + path)
            blob.delete(if_generation_match=self._generations[path])

    def _restore(self, path: str) -> None:
        saved = self._saved[path]
        target = self._bucket.blob(self._output.prefix + path)
        target.content_type = saved.content_type
        target.metadata = saved.metadata
        # There is an object if the file was not replaced yet, or if another export has written it.
        with contextlib.suppress(PreconditionFailed):
            _rewrite(saved, target, 0)

    def _remove_saved(self) -> None:
        if self._saved:
            remove_all(self._bucket, self._saved_prefix)


def _rewrite(source: Blob, target: Blob, generation: int | None) -> None:
    """Copy an object on the server, in several requests if it is very large."""
    token = None
    while True:
        token, _, _ = target.rewrite(source, token=token, if_generation_match=generation)
        if token is None:
            return
