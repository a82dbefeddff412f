"""gdb-export submit, status, list and cancel: exports that run in a Google Cloud project."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gdb_export.cli.status_lines import Document, status_line
from gdb_export.contract.job_document import Status
from gdb_export.contract.options import PREFIX, options_from_metadata
from gdb_export.contract.options import BadOption as BadMetadata
from gdb_export.options import BadOption

if TYPE_CHECKING:
    from gdb_export.cli.cloud_exports import Exports

_CODES = {Status.SUCCESS: 0, Status.FAILURE: 1, Status.CANCELLED: 130}
_COLOURS = {Status.SUCCESS: "32", Status.FAILURE: "31", Status.CANCELLED: "33"}

EXAMPLES = """in a Google Cloud project:
  gdb-export submit BACKUP.GDB gs://uploads --watch  upload it, and wait for the ZIP
  gdb-export submit gs://uploads/BACKUP.GDB          export again what was uploaded before
  gdb-export status gs://uploads/BACKUP.GDB          how far it is
  gdb-export list --status FAILURE                   the newest that failed
  gdb-export cancel ID                               stop it; no ZIP appears
"""
_SUBMIT_EXAMPLES = """examples:
  gdb-export submit BACKUP.GDB gs://uploads --tables LFCES004,LFCES018 --watch
  gdb-export submit BACKUP.GDB gs://uploads/cnes/2026-11.GDB
  gdb-export submit gs://uploads/BACKUP.GDB --overwrite
"""


def add_cloud_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    submit = commands.add_parser(
        "submit",
        help="upload a database to the watched bucket",
        epilog=_SUBMIT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = submit.add_argument
    add("source", metavar="FILE|gs://…", help="a file, or an object to be exported again")
    add("destination", metavar="gs://BUCKET[/NAME]", nargs="?", help="where a file is uploaded to")
    add("--tables", metavar="A,B", help="only these tables")
    add("--exclude", metavar="C", help="all tables but these")
    add("--charset", metavar="NAME", help="of texts in NONE and ASCII")
    add("--binary", metavar="hex|base64", help="how binary values are written")
    add("--compression", metavar="0-9", help="9 is the smallest")
    add("--strict", action="store_true", help="fail if anything in the database is damaged")
    add("--overwrite", action="store_true", help="replace an existing ZIP")
    add("--watch", action="store_true", help="follow the export until it has ended")
    submit.set_defaults(run=_submit)

    status = commands.add_parser("status", help="how far an export is")
    status.add_argument("export", metavar="ID|gs://…", nargs="?", help="the newest if not given")
    status.add_argument("--watch", action="store_true", help="follow it until it has ended")
    status.add_argument("--tables", action="store_true", help="the tables that are done, too")
    status.add_argument("--json", action="store_true", help="the whole document as JSON")
    status.set_defaults(run=_status)

    listed = commands.add_parser("list", help="the newest exports")
    listed.add_argument("--status", type=Status, choices=list(Status), help="only these")
    listed.add_argument("--limit", type=int, default=20, metavar="N", help="20 if not given")
    listed.set_defaults(run=_list)

    cancel = commands.add_parser("cancel", help="stop an export")
    cancel.add_argument("export", metavar="ID")
    cancel.set_defaults(run=_cancel)
    for command in (submit, status, listed, cancel):
        _add_project(command)


def _add_project(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--project",
        default=os.environ.get("GOOGLE_CLOUD_PROJECT"),
        help="GOOGLE_CLOUD_PROJECT, or gcloud's, if not given",
    )
    command.add_argument(
        "--database",
        default=os.environ.get("FIRESTORE_DATABASE") or "(default)",
        help='FIRESTORE_DATABASE, or "(default)", if not given',
    )


def _submit(chosen: argparse.Namespace) -> int:
    options = _options(chosen)
    uri = _uri(chosen.source, chosen.destination)
    exports = _exports(chosen)
    if chosen.source == uri:
        task_id = exports.export_again(uri, options)
    else:
        task_id = exports.upload(chosen.source, uri, options)
    print(f"{uri} is uploaded; its export is {task_id}", flush=True)
    return _watch(exports, task_id) if chosen.watch else 0


def _options(chosen: argparse.Namespace) -> dict[str, str]:
    """As metadata of an upload, checked as the function is going to check them."""
    values = {
        name: getattr(chosen, name)
        for name in ("tables", "exclude", "charset", "binary", "compression")
    }
    flags = {name: "true" for name in ("strict", "overwrite") if getattr(chosen, name)}
    options = {f"{PREFIX}{name}": text for name, text in (values | flags).items() if text}
    try:
        options_from_metadata(options)
    except BadMetadata as error:
        raise BadOption(str(error)) from error
    return options


def _uri(source: str, destination: str | None) -> str:
    """Of the object that is exported: `source` itself if it is in a bucket."""
    if source.startswith("gs://"):
        if destination:
            raise BadOption("what is in a bucket already is exported where it is")
        return source
    if not destination or not destination.startswith("gs://"):
        raise BadOption("where to? gdb-export submit FILE gs://BUCKET")
    bucket, _, name = destination.removeprefix("gs://").partition("/")
    if not name or name.endswith("/"):
        name += Path(source).name
    return f"gs://{bucket}/{name}"


def _status(chosen: argparse.Namespace) -> int:
    exports = _exports(chosen)
    if chosen.export:
        document = exports.find(chosen.export)
    else:
        newest = exports.newest(1)
        if not newest:
            print("there is no export yet")
            return 0
        document = newest[0]
    if chosen.watch:
        return _watch(exports, document["task_id"])
    if chosen.json:
        print(json.dumps(document, ensure_ascii=False, indent=1, default=str))
        return 0
    _show(document)
    for name, link in (document.get("execution") or {}).items():
        if name.endswith("_url"):
            print(f"  {link}")
    for earlier in document.get("earlier_attempts") or []:
        print(f"  attempt {earlier['attempt'] + 1} of {earlier['execution']}: {earlier['ended']}")
    if chosen.tables:
        for table in exports.tables(document["task_id"]):
            warnings = "".join(f"  {text}" for text in table["warnings"])
            print(f"{table['bytes']:>14,}  {table['rows']:>12,} rows  {table['name']}{warnings}")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    for document in _exports(chosen).newest(chosen.limit, chosen.status):
        print(f"{document['task_id']}  {document['created_at']:%Y-%m-%d}  ", end="")
        _show(document, f"{document['source']['uri']}: ")
    return 0


def _cancel(chosen: argparse.Namespace) -> int:
    document = _exports(chosen).request_cancel(chosen.export)
    if Status(document["status"]).is_final:
        print(f"it has ended already: {status_line(document)}")
    else:
        print("asked to stop; gdb-export status --watch shows when it has")
    return 0


def _watch(exports: "Exports", task_id: str) -> int:
    """Exit code 0 for a ZIP, 1 for a failure, 130 where somebody cancelled it."""
    try:
        document = _follow(exports.changes(task_id))
    except KeyboardInterrupt:
        print(
            f"\nno longer watched; it goes on, and gdb-export cancel {task_id} stops it",
            file=sys.stderr,
        )
        return 130
    return _CODES[Status(document["status"])]


def _follow(changes: Iterable[Document]) -> Document:
    """Print each new state: over the one before at a terminal, below it elsewhere."""
    document: Document = {}
    said = ""
    for document in changes:
        line = status_line(document)
        if line == said:
            continue
        said = line
        if sys.stdout.isatty() and not Status(document["status"]).is_final:
            print(f"\r{_bar(document)}{line:.100}\x1b[K", end="", flush=True)
        else:
            _show(document, "\r\x1b[K" if sys.stdout.isatty() else "")
    return document


def _bar(document: Document) -> str:
    percent = (document.get("progress") or {}).get("percent")
    return "" if percent is None else f"[{'#' * round(percent / 5):<20}] "


def _show(document: Document, prefix: str = "") -> None:
    line = prefix + status_line(document)
    colour = _COLOURS.get(Status(document["status"]))
    if sys.stdout.isatty() and colour:
        line = f"\x1b[{colour}m{line}\x1b[0m"
    print(line, flush=True)


def _exports(chosen: argparse.Namespace) -> "Exports":
    # The clients take a second to load, and most commands need none.
    with warnings.catch_warnings():
        # They tell of Python versions that end years from now.
        warnings.simplefilter("ignore", FutureWarning)
        from google.cloud import firestore
        from google.cloud.storage import Client

        from gdb_export.cli.cloud_exports import Exports

    documents = firestore.Client(project=chosen.project, database=chosen.database)
    return Exports(documents, Client(project=chosen.project))
