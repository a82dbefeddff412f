"""`make up`: runs the local stack in the foreground and prints the job documents."""

import argparse
import os
import signal
import sys
from pathlib import Path

from gdb_export.cli.status_lines import status_line
from local.bigquery.emulator import EMULATOR as BIGQUERY_EMULATOR
from local.document_changes import document_changes
from local.ignored_files import IgnoredFiles
from local.processes import StackError
from local.stack import (
    DATASET,
    EMULATOR,
    PROJECT,
    REPOSITORY,
    Stack,
    StackSettings,
    firestore_client,
    local_stack,
)

FOLDER = REPOSITORY / ".stack" / "up"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--bigquery", action="store_true", help="load each export into BigQuery")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with local_stack(folder, StackSettings(bigquery=arguments.bigquery)) as stack:
            print_introduction(stack)
            watch(stack)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nthe stack is stopped; the bucket's files are kept")
    return 0


def print_introduction(stack: Stack) -> None:
    print(f"drop a .gdb or .fdb file in   {os.path.relpath(stack.uploads)}")
    print(f"logs are in                   {os.path.relpath(stack.logs)}")
    print("\nto use it with your own clients:")
    print(f"  export GOOGLE_CLOUD_PROJECT={PROJECT}")
    print(f"  export STORAGE_EMULATOR_HOST={stack.storage.url}")
    print(f"  export {EMULATOR}={stack.emulator.host}")
    print(f"  export CLOUD_RUN_ENDPOINT={stack.cloud_run.url}")
    if stack.bigquery:
        print(f"  export {BIGQUERY_EMULATOR}={stack.bigquery.url}   # dataset {PROJECT}.{DATASET}")
    print("\nCtrl-C stops it. Job documents, each time one changes:", flush=True)


def watch(stack: Stack) -> None:
    with (
        firestore_client(stack.emulator.host) as client,
        document_changes(client) as changes,
        IgnoredFiles(stack.uploads),
    ):
        while True:
            if document := changes.next(3600):
                print(f"{document['source']['name']}  {status_line(document)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
