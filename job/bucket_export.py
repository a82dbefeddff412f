"""From an object in a bucket to a ZIP beside it, of which there is one, whoever else tries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud.storage import Bucket

from job.cloud.gcs_destination import GcsDestination, PlaceTaken
from job.cloud.gcs_source import open_source
from job.cloud.zip_place import Free, Provenance, find_place
from job.destination import Destination
from job.export import ExportResult
from job.firebird.source import Source
from job.made_before import made_before
from job.manifest import Origin
from job.options import BadOption, ExportOptions
from job.progress import Progress

ExportFunction = Callable[[Source, Origin, Destination, ExportOptions, Progress], ExportResult]

# Another export takes a name only while this one runs; so often in a row is no accident.
_RACES = 10


@dataclass(frozen=True, slots=True)
class Exported:
    """`warnings` and counts are those of the ZIP, also where it was made before."""

    uri: str
    result: ExportResult


def options_from_fields(fields: Mapping[str, Any]) -> ExportOptions:
    """Raises BadOption."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    try:
        return ExportOptions(**values)
    except TypeError as error:
        raise BadOption(f"this version of the job does not know an option: {error}") from error


def export_in_bucket(
    export: ExportFunction,
    bucket: Bucket,
    provenance: Provenance,
    progress: Progress,
    before_commit: Callable[[], None],
    budget: int,
    aside: str,
) -> Exported:
    """`budget` is of memory for the source, in bytes, `aside` a prefix of this export alone for
    what is read before it is due.

    Raises what `export` raises, SourceGone, SourceDenied, and errors of Google's client."""
    options = options_from_fields(provenance.options)
    for _ in range(_RACES):
        place = find_place(bucket, provenance, options.overwrite)
        if not isinstance(place, Free):
            return Exported(f"gs://{bucket.name}/{place.name}", made_before(place))
        source = open_source(bucket, provenance.name, provenance.generation, budget)
        destination = GcsDestination(bucket, place, provenance.metadata(), before_commit, aside)
        try:
            with source:
                result = export(source, source.origin(), destination, options, progress)
        except PlaceTaken:
            continue
        return Exported(destination.uri, result)
    raise PlaceTaken(f"the name of the ZIP was taken {_RACES} times while it was written")
