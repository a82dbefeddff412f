"""An upload whose content was exported before: a rewrite of an object, or the same file once more.

Cloud Storage makes a new generation for each change of an object's storage class or encryption, and
for a restore. `export-overwrite` or `export-again` demands another export of the upload.
"""

from collections.abc import Callable

from google.cloud.storage import Bucket

from gdb_export.chunks.opening import open_chunks
from gdb_export.contract.options import METADATA_PREFIX
from gdb_export.gcs.exports.folder_name import published_folder, repeated_folder
from gdb_export.gcs.gcs_source import GcsSource
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.gcs.zip_name import repeated_zip
from gdb_export.gcs.zip_publication import published_zip
from gdb_export.options import CSV_AND_PARQUET, PARQUET, ExportOptions

_NOTE = (
    "the same content was exported before with the same options, and this is that export:"
    f" {METADATA_PREFIX}again, with a text of your own, exports it again"
)


def repeated_export(
    bucket: Bucket,
    provenance: Provenance,
    options: ExportOptions,
    open_source: Callable[[], GcsSource],
) -> PublishedExport | None:
    """The earlier export, with a warning that it is reused, or None if the upload must be exported.

    The upload must be exported if the earlier export has warnings, or if the source is read
    together with other objects, which may have changed or been added since. A ZIP and a folder
    together are always made. Raises the errors of opening the source.
    """
    is_both = options.format == CSV_AND_PARQUET
    if provenance.checksum is None or options.overwrite or options.schema_from or is_both:
        return None
    if options.format == PARQUET:
        manifest = repeated_folder(bucket, provenance)
        found = None if manifest is None else published_folder(manifest)
    else:
        blob = repeated_zip(bucket, provenance)
        found = None if blob is None else published_zip(blob)
    if found is None or found.result.warnings:
        return None
    with open_source() as source:
        open_chunks(source)
        if not source.is_read_alone:
            return None
    return PublishedExport(found.uri, found.result._replace(warnings=(_NOTE,)))
