"""From an object in a bucket to a ZIP beside it, of which there is one, whoever else tries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud.storage import Bucket

from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.existing_zip import existing_zip
from gdb_export.gcs.gcs_destination import GcsDestination, NameTaken
from gdb_export.gcs.gcs_source import open_source
from gdb_export.gcs.zip_name import FreeName, Provenance, resolve_output
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Progress

ExportFunction = Callable[[Source, SourceInfo, Destination, ExportOptions, Progress], ExportResult]

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
        place = resolve_output(bucket, provenance, options.overwrite)
        if not isinstance(place, FreeName):
            return Exported(f"gs://{bucket.name}/{place.name}", existing_zip(place))
        source = open_source(bucket, provenance.name, provenance.generation, budget)
        destination = GcsDestination(bucket, place, provenance.metadata(), before_commit, aside)
        try:
            with source:
                result = export(source, source.info(), destination, options, progress)
        except NameTaken:
            continue
        return Exported(destination.uri, result)
    raise NameTaken(f"the name of the ZIP was taken {_RACES} times while it was written")
