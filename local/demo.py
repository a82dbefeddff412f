"""`make demo`: drops a database into the local bucket and follows its export to the ZIP."""

import argparse
import contextlib
import gzip
import os
import shutil
import sys
import time
import zipfile
from pathlib import Path

from gdb_export.bigquery.names import valid_name
from gdb_export.chunks.first_bytes import reject_unreadable
from gdb_export.cli.status_lines import Document, size, status_line, status_text
from gdb_export.contract.job_document import Status
from gdb_export.contract.upload_names import ENDINGS, reason_to_ignore
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.library.byte_sources import BytesReader, ReadAtSource
from local.bigquery.emulator import BigQueryEmulator
from local.document_changes import DocumentChanges, document_changes
from local.processes import StackError
from local.stack import (
    DATASET,
    PROJECT,
    REPOSITORY,
    Stack,
    StackSettings,
    firestore_client,
    local_stack,
)

SAMPLE = REPOSITORY / "tests" / "data" / "fb15" / "cnes.fdb.gz"
FOLDER = REPOSITORY / ".stack" / "demo"
MAX_IDLE_SECONDS = 120.0
MAX_SHOWN_MEMBERS = 20
MAX_SHOWN_COLUMNS, MAX_SHOWN_ROWS = 5, 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("database", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument(
        "--bigquery", action="store_true", help="load the export into BigQuery's emulator too"
    )
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="work folder; it is emptied first"
    )
    arguments = parser.parse_args()
    database = arguments.database
    if not database.is_file():
        print(f"{database} is not a file", file=sys.stderr)
        return 2
    reason = reason_to_refuse(database)
    if reason:
        print(f"{database}: {reason}", file=sys.stderr)
        return 1
    try:
        return run_demo(database, arguments.folder.resolve(), arguments.bigquery)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run_demo(database: Path, folder: Path, with_bigquery: bool = False) -> int:
    """Run the demo. Return exit code 0 if the ZIP exists and is intact."""
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    print("starting the local stack …", flush=True)
    with local_stack(folder, StackSettings(bigquery=with_bigquery)) as stack:
        print(f"started in {time.monotonic() - started:.1f} s\n", flush=True)
        document = watch_export(database, stack)
        code = report(document, stack)
        if stack.bigquery and code == 0:
            show_query(document, stack, stack.bigquery)
    print(f"\nthe local stack is stopped; the demo took {time.monotonic() - started:.1f} s")
    return code


def reason_to_refuse(database: Path) -> str:
    """Return the reason why a file cannot be exported, as far as its name and first bytes show it,
    or "" for a database."""
    file = gzip.open(database) if database.suffix == ".gz" else database.open("rb")
    try:
        with file as stream:
            first_bytes = ReadAtSource(BytesReader(stream.read(1 << 16)), database.name)
        reject_unreadable(first_bytes)
    except (FirebirdError, OSError, EOFError) as error:
        return str(error)
    if reason := reason_to_ignore(bucket_name(database), 1):
        return f"{reason}: give it a name that ends in {', '.join(ENDINGS)}"
    return ""


def bucket_name(database: Path) -> str:
    return "BACKUP.GDB" if database == SAMPLE else database.name.removesuffix(".gz")


def watch_export(database: Path, stack: Stack) -> Document:
    with (
        firestore_client(stack.emulator.host) as client,
        document_changes(client) as changes,
    ):
        dropped = drop(database, stack.uploads)
        folder = os.path.relpath(stack.uploads)
        print(f"dropped {dropped.name} ({size(dropped.stat().st_size)}) in {folder}")
        return follow(changes, stack)


def drop(database: Path, folder: Path) -> Path:
    """Copy or unpack the database under a hidden name, then rename it: no partial file is seen."""
    name = bucket_name(database)
    partial = folder / f".{name}.part"
    file = gzip.open(database) if database.suffix == ".gz" else database.open("rb")
    with file as source, partial.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    os.replace(partial, folder / name)
    return folder / name


def follow(changes: DocumentChanges, stack: Stack) -> Document:
    """Print each new state of the document until it is final."""
    shown = ""
    while document := changes.next(MAX_IDLE_SECONDS):
        if status_text(document) != shown:
            print(status_line(document), flush=True)
        shown = status_text(document)
        if Status(document["status"]).is_final:
            return document
    raise StackError(
        f"the export has made no progress for {MAX_IDLE_SECONDS:.0f} s; {log_hint(stack)}"
    )


def report(document: Document, stack: Stack) -> int:
    if document["status"] != Status.SUCCESS:
        print(f"\nthe export has made no ZIP; {log_hint(stack)}", file=sys.stderr)
        return 1
    path = zip_path(document, stack)
    with zipfile.ZipFile(path) as archive:
        damaged_member = archive.testzip()
        members = archive.infolist()
    if damaged_member:
        print(f"\n{path.name}: {damaged_member} is damaged", file=sys.stderr)
        return 1
    print(f"\n{os.path.relpath(path)} holds {len(members)} members:")
    for member in members[:MAX_SHOWN_MEMBERS]:
        print(f"{member.file_size:>14,}  {member.filename}")
    if len(members) > MAX_SHOWN_MEMBERS:
        print(f"{'…':>14}  and {len(members) - MAX_SHOWN_MEMBERS} more")
    return 0


def show_query(document: Document, stack: Stack, bigquery: BigQueryEmulator) -> None:
    """Query the table of the largest CSV, and print the query and its rows."""
    dataset = document["result"]["dataset"]
    with zipfile.ZipFile(zip_path(document, stack)) as archive:
        csvs = [member for member in archive.infolist() if member.filename.endswith(".csv")]
    largest = max(csvs, key=lambda member: member.file_size)
    table = valid_name(largest.filename.removesuffix(".csv"))
    with contextlib.closing(bigquery.client(PROJECT)) as client:
        fields = client.get_table(f"{DATASET}.{table}").schema
        columns = ", ".join(f"`{field.name}`" for field in fields[:MAX_SHOWN_COLUMNS])
        query = (
            f"SELECT data_particao, {columns} FROM {DATASET}.{table}"
            f" WHERE data_particao = '{dataset['reference']}' LIMIT {MAX_SHOWN_ROWS}"
        )
        print(f"\n{dataset['name']} holds {dataset['tables']} tables, {dataset['rows']} rows")
        print(f"> {query}")
        for row in client.query(query).result():
            print("  ".join(str(value) for value in row.values()))


def zip_path(document: Document, stack: Stack) -> Path:
    output: str = document["result"]["output"]
    return stack.uploads / output.removeprefix(f"gs://{stack.uploads.name}/")


def log_hint(stack: Stack) -> str:
    return f"the logs are in {os.path.relpath(stack.logs)}"


if __name__ == "__main__":
    sys.exit(main())
