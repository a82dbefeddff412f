"""`make demo`: a database dropped in the bucket, its status as it changes, the ZIP at the end."""

import argparse
import gzip
import os
import shutil
import sys
import time
import zipfile
from pathlib import Path

from gdb_export.cli.status_lines import Document, size, status_line, status_words
from gdb_export.contract.job_document import Status
from local.document_changes import DocumentChanges, document_changes
from local.processes import StackError
from local.stack import REPOSITORY, Stack, firestore_client, local_stack

SAMPLE = REPOSITORY / "tests" / "data" / "fb15" / "cnes.fdb.gz"
FOLDER = REPOSITORY / ".stack" / "demo"
SILENCE = 120.0
SHOWN_MEMBERS = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("database", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="emptied, then filled")
    chosen = parser.parse_args()
    database = chosen.database
    if not database.is_file():
        print(f"there is no file {database}", file=sys.stderr)
        return 2
    try:
        return demonstrate(database, chosen.folder.resolve())
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demonstrate(database: Path, folder: Path) -> int:
    """Exit code 0 if the ZIP is there and complete."""
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    print("starting the local stack …", flush=True)
    with local_stack(folder) as stack:
        print(f"it is up after {time.monotonic() - started:.1f} s\n", flush=True)
        code = report(watch_export(database, stack), stack)
    print(f"\nthe stack is stopped; all of it took {time.monotonic() - started:.1f} s")
    return code


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
    """Copy or unpack it beside its place, then rename: nobody sees half a file."""
    name = "BACKUP.GDB" if database == SAMPLE else database.name.removesuffix(".gz")
    part = folder / f".{name}.part"
    opened = gzip.open(database) if database.suffix == ".gz" else database.open("rb")
    with opened as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    os.replace(part, folder / name)
    return folder / name


def follow(changes: DocumentChanges, stack: Stack) -> Document:
    """Print the document whenever it says something new, until it is final."""
    said = ""
    while document := changes.next(SILENCE):
        if status_words(document) != said:
            print(status_line(document), flush=True)
        said = status_words(document)
        if Status(document["status"]).is_final:
            return document
    raise StackError(f"nothing has changed for {SILENCE:.0f} s; {see_logs(stack)}")


def report(document: Document, stack: Stack) -> int:
    if document["status"] != Status.SUCCESS:
        print(f"\nno ZIP; {see_logs(stack)}", file=sys.stderr)
        return 1
    path = stack.uploads / document["result"]["output"].removeprefix(f"gs://{stack.uploads.name}/")
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        members = archive.infolist()
    if damaged:
        print(f"\n{path.name}: {damaged} is damaged", file=sys.stderr)
        return 1
    print(f"\n{os.path.relpath(path)} holds {len(members)} members:")
    for member in members[:SHOWN_MEMBERS]:
        print(f"{member.file_size:>14,}  {member.filename}")
    if len(members) > SHOWN_MEMBERS:
        print(f"{'…':>14}  and {len(members) - SHOWN_MEMBERS} more")
    return 0


def see_logs(stack: Stack) -> str:
    return f"the logs are in {os.path.relpath(stack.logs)}"


if __name__ == "__main__":
    sys.exit(main())
