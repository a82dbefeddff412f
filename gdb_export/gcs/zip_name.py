"""The name of the ZIP of an upload, and the detection of a ZIP that already exists.

The metadata of a ZIP identifies its source and options, so a second execution finds the result of
the first, and a ZIP of another source is never replaced by accident.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from google.cloud.storage import Blob, Bucket

from gdb_export.export.replaceable import FIRST_BYTES, refusal
from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.provenance import Provenance
from gdb_export.options import BadOption

# Bounds the search; no folder holds that many exports of one name.
_MAX_EXPORTS = 10_000


@dataclass(frozen=True, slots=True)
class FreeName:
    """A name to write to. `generation` is that of the object to replace, 0 if no object may exist,
    None if any object may be replaced."""

    name: str
    generation: int | None


def resolve_output(bucket: Bucket, provenance: Provenance, overwrite: bool) -> FreeName | Blob:
    """The existing ZIP of this provenance, otherwise a free name for it.

    Raises SourceGone if the ZIP of a newer upload would be replaced, and BadOption if a database
    would be.
    """
    for name in _names(provenance.name.rpartition(".")[0] + ".zip"):
        blob = bucket.get_blob(name)
        if blob is not None and provenance.matches(blob):
            return blob
        if blob is not None and overwrite and (newer := provenance.newer_generation(blob)):
            # In a bucket with object versioning an older upload can still be exported.
            raise SourceGone(f"gs://{provenance.bucket}/{provenance.name}", newer)
        if blob is None or overwrite:
            if blob is not None:
                _refuse_database(blob, overwrite)
            return _free(name, blob)
    raise _too_many(bucket, provenance.name)


def repeated_zip(bucket: Bucket, provenance: Provenance) -> Blob | None:
    """A ZIP that was made from the same content with the same options, of any generation."""
    for name in _names(provenance.name.rpartition(".")[0] + ".zip"):
        blob = bucket.get_blob(name)
        if blob is None or provenance.repeats(blob):
            return blob
    return None


def free_name(bucket: Bucket, wanted: str, overwrite: bool) -> FreeName:
    """`wanted` itself, or the first numbered name that no object has. Raises BadOption if `wanted`
    is a database, or would be replaced and is not a ZIP."""
    for name in _names(wanted):
        blob = bucket.get_blob(name)
        if blob is not None and name == wanted:
            _refuse_database(blob, overwrite)
        if blob is None or overwrite:
            return _free(name, blob)
    raise _too_many(bucket, wanted)


def _refuse_database(blob: Blob, overwrite: bool) -> None:
    """Raise BadOption for an object that is never replaced."""
    first = b""
    if blob.size:
        first = blob.download_as_bytes(end=FIRST_BYTES - 1, raw_download=True, checksum=None)
    uri = f"gs://{blob.bucket.name}/{blob.name}"
    if reason := refusal(uri, first, overwrite):
        raise BadOption(reason)


def _free(name: str, blob: Blob | None) -> FreeName:
    return FreeName(name, blob.generation if blob else 0)


def _names(wanted: str) -> Iterator[str]:
    yield wanted
    stem, dot, suffix = wanted.rpartition(".")
    for count in range(1, _MAX_EXPORTS):
        yield f"{stem}-export{count}{dot}{suffix}"


def _too_many(bucket: Bucket, name: str) -> FileExistsError:
    return FileExistsError(f"gs://{bucket.name}/{name} has {_MAX_EXPORTS} exports: remove some")
