"""gdb-export submit, status, list and cancel: exports that run in a Google Cloud project."""

import argparse
import sys
import uuid
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gdb_export.chunks.first_bytes import reject_unreadable
from gdb_export.cli.errors import CANCELLED, DONE, FAILED, ExportNotFound
from gdb_export.cli.standard_streams import escaped, print_json
from gdb_export.cli.status_lines import (
    Document,
    columns,
    follow,
    print_document,
    status_line,
)
from gdb_export.contract.job_document import Status, is_task_id
from gdb_export.contract.options import METADATA_PREFIX, BadOption, options_from_metadata
from gdb_export.contract.upload_names import ENDINGS, reason_to_ignore
from gdb_export.files.local_files import LocalSource
from gdb_export.library.locations import importing_google_clients

if TYPE_CHECKING:
    from gdb_export.cli.cloud_exports import Exports

_APPEARS_SECONDS = 60  # for the event of the upload, and for a function that must start first
_EXIT_CODES = {Status.SUCCESS: DONE, Status.FAILURE: FAILED, Status.CANCELLED: CANCELLED}
_TEXT_OPTIONS = (
    "tables",
    "exclude",
    "charset",
    "charset-of",
    "fix-utf8",
    "format",
    "binary",
    "dialect",
    "schema-from",
    "compression",
    "dataset",
    "reference",
)
_FLAGS = ("system-tables", "schema-sql", "strict", "overwrite")


def submit(arguments: argparse.Namespace) -> int:
    metadata = _option_metadata(arguments)
    source: str = arguments.source
    if is_task_id(source) and not Path(source).exists():
        source = str(_connect(arguments, "submit").find(source)["source"]["uri"])
    uri = _object_uri(source, arguments.destination)
    _check_upload(source, uri)
    exports = _connect(arguments, "submit")
    if source == uri:
        metadata[f"{METADATA_PREFIX}again"] = uuid.uuid4().hex[:8]
        task_id = exports.export_again(uri, metadata)
    else:
        task_id = exports.upload(source, uri, metadata)
    print(f"{uri} is uploaded; its export is {task_id}", flush=True)
    if not exports.appears(task_id, _APPEARS_SECONDS):
        raise ExportNotFound(
            f"no export of {uri} has begun within {_APPEARS_SECONDS} s: check that the bucket"
            " is the one that is watched, and the project and database that are asked (--project,"
            " --database); gdb-export status shows it if it begins later"
        )
    return _watch(exports, task_id) if arguments.watch else DONE


def _check_upload(source: str, uri: str) -> None:
    """Raise BadOption, FirebirdError or OSError if no export of the upload could succeed."""
    size = 1
    if source != uri:
        with LocalSource(Path(source)) as file:
            reject_unreadable(file)
            size = file.size
    name = uri.removeprefix("gs://").partition("/")[2]
    reason = reason_to_ignore(name, size)
    if reason is not None:
        raise BadOption(
            f"{uri} would not be exported ({reason}): give it a name that ends in"
            f" {', '.join(ENDINGS)}"
        )


def _option_metadata(arguments: argparse.Namespace) -> dict[str, str]:
    """The options as object metadata. Raises BadOption, by the rules of the Cloud Function."""
    values = {name: _option_text(arguments, name) for name in _TEXT_OPTIONS}
    flags = {name: "true" for name in _FLAGS if getattr(arguments, name.replace("-", "_"))}
    metadata = {
        f"{METADATA_PREFIX}{name}": text
        for name, text in (values | flags).items()
        if text is not None
    }
    options_from_metadata(metadata)
    return metadata


def _option_text(arguments: argparse.Namespace, name: str) -> str | None:
    """The text of an option, None if it was not given; texts of a repeated option are joined."""
    given = getattr(arguments, name.replace("-", "_"))
    return ",".join(given) if isinstance(given, list) else given


def _object_uri(source: str, destination: str | None) -> str:
    """URI of the object to export: `source` itself if it is in a bucket."""
    if source.startswith("gs://"):
        if destination:
            raise BadOption("an uploaded object is exported where it is: give no destination")
        return source
    if not destination or not destination.startswith("gs://"):
        raise BadOption("no bucket to upload to: gdb-export submit FILE gs://BUCKET")
    bucket, _, name = destination.removeprefix("gs://").partition("/")
    if not name or name.endswith("/"):
        name += Path(source).name
    return f"gs://{bucket}/{name}"


def show_status(arguments: argparse.Namespace) -> int:
    exports = _connect(arguments, "status")
    if arguments.export:
        document = exports.find(arguments.export)
    else:
        newest = exports.newest(1)
        if not newest:
            print_json(None) if arguments.json else print("there is no export yet")
            return DONE
        document = newest[0]
    if arguments.json or arguments.quiet:
        code = DONE
        if arguments.watch:
            document = _last(exports.changes(document["task_id"], _print_unreachable))
            code = _EXIT_CODES[Status(document["status"])]
        print_json(document) if arguments.json else print(document["status"])
        return code
    if arguments.watch:
        return _watch(exports, document["task_id"])
    print_document(document)
    for name, link in (document.get("execution") or {}).items():
        if name.endswith("_url"):
            print(f"  {link}")
    for earlier in document.get("earlier_attempts") or []:
        print(f"  attempt {earlier['attempt'] + 1} of {earlier['execution']}: {earlier['ended']}")
    if arguments.tables:
        for table in exports.tables(document["task_id"]):
            warnings = "".join(f"  {text}" for text in table["warnings"])
            line = f"{table['bytes']:>14,}  {table['rows']:>12,} rows  {table['name']}{warnings}"
            print(escaped(line))
    return DONE


def list_exports(arguments: argparse.Namespace) -> int:
    exports = _connect(arguments, "list")
    if arguments.export and not arguments.export.startswith("gs://"):
        documents = [exports.find(arguments.export)]
    else:
        documents = exports.newest(arguments.limit, arguments.status, arguments.export or "")
    if arguments.json:
        print_json(documents)
        return DONE
    lines = [document["task_id"] for document in documents]
    for line in lines if arguments.quiet else columns(documents):
        print(line)
    return DONE


def cancel(arguments: argparse.Namespace) -> int:
    exports = _connect(arguments, "cancel")
    document = exports.request_cancel(exports.find(arguments.export)["task_id"])
    if Status(document["status"]).is_final:
        print(f"the export has already ended: {status_line(document)}")
    else:
        print("cancellation is requested; gdb-export status --watch shows when it has stopped")
    return DONE


def _last(documents: Iterable[Document]) -> Document:
    """The last state of a document that is followed to its end."""
    *_, last = documents
    return last


def _watch(exports: "Exports", task_id: str) -> int:
    """Follow an export to its end. Exit code 0 for a success, 1 for a failure, 130 if cancelled."""
    try:
        document = follow(exports.changes(task_id, _print_unreachable))
    except KeyboardInterrupt:
        print(
            f"\nstopped watching; the export continues, and gdb-export cancel {task_id} stops it",
            file=sys.stderr,
        )
        return CANCELLED
    return _EXIT_CODES[Status(document["status"])]


def _print_unreachable(error: Exception) -> None:
    begin = "\n" if sys.stdout.isatty() else ""  # after the line that is redrawn in place
    reason = escaped(" ".join(str(error).split()))
    print(
        f"{begin}Firestore does not answer ({reason}); trying again until it does. Ctrl-C stops"
        " watching; the export continues.",
        file=sys.stderr,
    )


def _connect(arguments: argparse.Namespace, command: str) -> "Exports":
    # imported late: docs/architecture.md
    with importing_google_clients(f"gdb-export {command}"), warnings.catch_warnings():
        # Google's clients warn about Python versions whose support ends years from now.
        warnings.simplefilter("ignore", FutureWarning)
        from google.cloud import firestore
        from google.cloud.storage import Client

        from gdb_export.cli.cloud_exports import Exports

    documents = firestore.Client(project=arguments.project, database=arguments.database)
    return Exports(documents, Client(project=arguments.project), arguments.collection_prefix)
