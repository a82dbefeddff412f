"""Where the ZIP of an upload goes, and whether it lies there already.

The metadata of a ZIP says what it was made of: so a second execution finds the work done, and a
ZIP of something else is left alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from google.cloud.storage import Blob, Bucket

from gdb_export.gcs.gcs_source import SourceGone

# More exports of one name than anybody keeps; an end to the search all the same.
_MAX_EXPORTS = 10_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a ZIP is made of; `job` is the path of the job document."""

    bucket: str
    name: str
    generation: str
    options: Mapping[str, Any]
    job: str

    def metadata(self) -> dict[str, str]:
        """As custom metadata of the ZIP; ASCII, as the XML API's headers allow nothing else."""
        return {
            "source": quote(f"gs://{self.bucket}/{self.name}", safe="/:"),
            "source-generation": self.generation,
            "options-sha256": hashlib.sha256(
                json.dumps(dict(self.options), sort_keys=True).encode()
            ).hexdigest(),
            "job": self.job,
        }

    def made(self, blob: Blob) -> bool:
        """Whether the ZIP is of the same bytes with the same options."""
        stored = blob.metadata or {}
        mine = self.metadata()
        return all(
            stored.get(key) == mine[key]
            for key in ("source", "source-generation", "options-sha256")
        )

    def newer_in(self, blob: Blob) -> str | None:
        """The generation that the ZIP is of, if it is a newer one of the same source."""
        stored = blob.metadata or {}
        generation = stored.get("source-generation", "")
        if stored.get("source") != self.metadata()["source"] or not generation.isdecimal():
            return None
        return generation if int(generation) > int(self.generation) else None


@dataclass(frozen=True, slots=True)
class FreeName:
    """A name to write to; `generation` is of what is replaced, 0 if nothing may be there, None
    if whatever is there may be replaced."""

    name: str
    generation: int | None


def resolve_output(bucket: Bucket, provenance: Provenance, overwrite: bool) -> FreeName | Blob:
    """The ZIP itself if it was made before, else the name that it gets.

    Raises SourceGone rather than let an older upload replace the ZIP of a newer one.
    """
    for name in _names(provenance.name.rpartition(".")[0] + ".zip"):
        blob = bucket.get_blob(name)
        if blob is not None and provenance.made(blob):
            return blob
        if blob is not None and overwrite and (newer := provenance.newer_in(blob)):
            # Where the bucket keeps old generations an older upload may still be exported.
            raise SourceGone(f"gs://{provenance.bucket}/{provenance.name}", newer)
        if blob is None or overwrite:
            return _free(name, blob)
    raise _too_many(bucket, provenance.name)


def free_name(bucket: Bucket, wanted: str, overwrite: bool) -> FreeName:
    """`wanted` itself, or the next name that nothing has."""
    for name in _names(wanted):
        blob = bucket.get_blob(name)
        if blob is None or overwrite:
            return _free(name, blob)
    raise _too_many(bucket, wanted)


def _free(name: str, blob: Blob | None) -> FreeName:
    return FreeName(name, blob.generation if blob else 0)


def _names(wanted: str) -> Iterator[str]:
    yield wanted
    stem, dot, ending = wanted.rpartition(".")
    for number in range(1, _MAX_EXPORTS):
        yield f"{stem}-export{number}{dot}{ending}"


def _too_many(bucket: Bucket, name: str) -> FileExistsError:
    return FileExistsError(f"there are {_MAX_EXPORTS} exports of gs://{bucket.name}/{name}")
