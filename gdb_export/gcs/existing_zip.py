"""A ZIP that an earlier execution made: what its manifest says of it."""

import json
import zipfile

from google.cloud.storage import Blob

from gdb_export.export.export import ExportResult
from gdb_export.zip.member_names import MANIFEST

# The manifest and the directory lie at the end: a few ranged reads, whatever the ZIP's size.
_READ = 1 << 18


def existing_zip(blob: Blob) -> ExportResult:
    with blob.open("rb", chunk_size=_READ) as stream, zipfile.ZipFile(stream) as archive:
        package = json.loads(archive.read(MANIFEST))
    tables = package["resources"]
    return ExportResult(
        tables=len(tables),
        rows=sum(table["rows"] for table in tables),
        bytes=blob.size,
        warnings=tuple(package["x-warnings"]),
        ods=package["x-source"]["ods"],
    )
