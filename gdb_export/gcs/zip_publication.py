"""Publishes the ZIP of an upload under a free name, but only once for each upload."""

import json
import zipfile
from collections.abc import Callable

from google.cloud.storage import Blob, Bucket

from gdb_export.gcs.provenance import Provenance, PublishedExport, result_from_manifest
from gdb_export.gcs.resumable_upload import NameTaken
from gdb_export.gcs.zip_name import FreeName, resolve_output
from gdb_export.zip.member_names import MANIFEST

# An attempt fails only if an export that runs at the same time takes the name.
_MAX_ATTEMPTS = 10
# Manifest and central directory are at the end: a few ranged reads, whatever the ZIP's size.
_READ_BYTES = 1 << 18


def existing_zip(bucket: Bucket, provenance: Provenance, overwrite: bool) -> PublishedExport | None:
    """The ZIP that an earlier execution has written, or None. Raises SourceGone."""
    output = resolve_output(bucket, provenance, overwrite)
    return None if isinstance(output, FreeName) else published_zip(output)


def publish(
    bucket: Bucket,
    provenance: Provenance,
    overwrite: bool,
    write: Callable[[FreeName], PublishedExport],
) -> PublishedExport:
    """Return the existing ZIP, or call `write` with a free name until the name is not taken.

    Raises SourceGone, the errors of `write`, and NameTaken after too many attempts.
    """
    for _ in range(_MAX_ATTEMPTS):
        output = resolve_output(bucket, provenance, overwrite)
        if not isinstance(output, FreeName):
            return published_zip(output)
        try:
            return write(output)
        except NameTaken:
            continue
    raise NameTaken(f"gs://{bucket.name}/{provenance.name}")


def published_zip(blob: Blob) -> PublishedExport:
    """The result of an existing ZIP, read from its manifest."""
    with blob.open("rb", chunk_size=_READ_BYTES) as stream, zipfile.ZipFile(stream) as archive:
        package = json.loads(archive.read(MANIFEST))
    result = result_from_manifest(package, blob.size)
    return PublishedExport(f"gs://{blob.bucket.name}/{blob.name}", result)
