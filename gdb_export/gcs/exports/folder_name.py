"""The name of an export folder in a bucket, and the detection of a folder that already exists.

A folder is a prefix that ends in `/`. It is complete if it has a manifest: objects without one
were left by an export that was killed during its publication.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.cloud.storage import Blob, Bucket

from gdb_export.export.replaceable import exported_files
from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.provenance import Provenance, PublishedExport, result_from_manifest
from gdb_export.options import BadOption
from gdb_export.zip.member_names import MANIFEST

# Metadata key that marks an object as a file of an export
PUBLICATION = "export-id"
# Bounds the search; nobody keeps that many exports of one name.
_MAX_EXPORTS = 10_000


@dataclass(frozen=True, slots=True)
class FreeFolder:
    """A prefix to write to. `existing` are the objects under it, by path, which are replaced."""

    prefix: str
    existing: Mapping[str, Blob]

    @property
    def is_complete(self) -> bool:
        """Whether a complete export is replaced, not only the objects that a killed one left."""
        return MANIFEST in self.existing


def folder_of(name: str) -> str:
    """The folder of an upload: `shop/BACKUP/` for `shop/BACKUP.GDB`."""
    return f"{name.rpartition('.')[0]}/"


def resolve_folder(
    bucket: Bucket, wanted: str, provenance: Provenance | None, overwrite: bool
) -> FreeFolder | Blob:
    """The manifest of an existing export of this provenance, otherwise a free prefix: `wanted`, or
    the first numbered one.

    Raises SourceGone if the export of a newer upload would be replaced, and BadOption if other
    objects would be.
    """
    for prefix in _names(wanted):
        manifest = bucket.get_blob(prefix + MANIFEST)
        if manifest is not None and provenance and provenance.matches(manifest):
            return manifest
        if overwrite:
            if manifest is not None and provenance:
                _refuse_newer(provenance, manifest)
            return FreeFolder(prefix, _replaceable(bucket, prefix, manifest))
        if manifest is None:
            found = _objects(bucket, prefix)
            if all(provenance and provenance.matches(blob) for blob in found.values()):
                return FreeFolder(prefix, found)
    raise FileExistsError(f"gs://{bucket.name}/{wanted} has {_MAX_EXPORTS} exports: remove some")


def existing_folder(
    bucket: Bucket, wanted: str, provenance: Provenance, overwrite: bool
) -> PublishedExport | None:
    """The export that an earlier execution has written, or None. Raises as `resolve_folder`."""
    manifest = resolve_folder(bucket, wanted, provenance, overwrite)
    return None if isinstance(manifest, FreeFolder) else published_folder(manifest)


def repeated_folder(bucket: Bucket, provenance: Provenance) -> Blob | None:
    """The manifest of an export of the same content with the same options, of any generation."""
    for prefix in _names(folder_of(provenance.name)):
        manifest = bucket.get_blob(prefix + MANIFEST)
        if manifest is None or provenance.repeats(manifest):
            return manifest
    return None


def published_folder(manifest: Blob) -> PublishedExport:
    """The result of an existing export, read from its manifest."""
    text = manifest.download_as_bytes()
    package = json.loads(text)
    files = [*package["resources"], package.get("x-schema-sql", {"bytes": 0})]
    size = len(text) + sum(file["bytes"] for file in files)
    uri = f"gs://{manifest.bucket.name}/{manifest.name.removesuffix(MANIFEST)}"
    return PublishedExport(uri, result_from_manifest(package, size))


def _names(wanted: str) -> Iterator[str]:
    yield wanted
    for count in range(1, _MAX_EXPORTS):
        yield f"{wanted.removesuffix('/')}-export{count}/"


def _refuse_newer(provenance: Provenance, manifest: Blob) -> None:
    if newer := provenance.newer_generation(manifest):
        # In a bucket with object versioning an older upload can still be exported.
        raise SourceGone(f"gs://{provenance.bucket}/{provenance.name}", newer)


def _objects(bucket: Bucket, prefix: str) -> dict[str, Blob]:
    """The objects under the prefix by path. The empty object with the folder's own
    name, which the console makes, is left out."""
    found = {blob.name.removeprefix(prefix): blob for blob in bucket.list_blobs(prefix=prefix)}
    found.pop("", None)
    return found


def _replaceable(bucket: Bucket, prefix: str, manifest: Blob | None) -> dict[str, Blob]:
    """The objects under the prefix. Raises BadOption unless all of them are files of an export."""
    found = _objects(bucket, prefix)
    listed = exported_files(manifest.download_as_bytes()) if manifest is not None else set()
    foreign = [
        path
        for path, blob in found.items()
        if path not in listed and PUBLICATION not in (blob.metadata or {})
    ]
    if foreign:
        raise BadOption(
            f"gs://{bucket.name}/{prefix} holds objects that are not of an export, such as"
            f" {min(foreign)}: nothing was replaced; choose another destination"
        )
    return found
