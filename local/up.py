"""`make up`: the local stack in the foreground, with a bucket folder to drop files in."""

import argparse
import os
import signal
import sys
from pathlib import Path

from gdb_export.cli.status_lines import status_line
from local.document_changes import document_changes
from local.processes import StackError
from local.stack import EMULATOR, PROJECT, REPOSITORY, Stack, firestore_client, local_stack

FOLDER = REPOSITORY / ".stack" / "up"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder.resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with local_stack(folder) as stack:
            introduce(stack)
            watch(stack)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nthe stack is stopped; what is in the bucket stays")
    return 0


def introduce(stack: Stack) -> None:
    print(f"drop a .gdb or .fdb file in   {os.path.relpath(stack.uploads)}")
    print(f"logs are in                   {os.path.relpath(stack.logs)}")
    print("\nfor clients of your own:")
    print(f"  export GOOGLE_CLOUD_PROJECT={PROJECT}")
    print(f"  export STORAGE_EMULATOR_HOST={stack.storage.url}")
    print(f"  export {EMULATOR}={stack.emulator.host}")
    print(f"  export CLOUD_RUN_ENDPOINT={stack.cloud_run.url}")
    print("\nCtrl-C stops it. The job documents, whenever one changes:", flush=True)


def watch(stack: Stack) -> None:
    with (
        firestore_client(stack.emulator.host) as client,
        document_changes(client) as changes,
    ):
        while True:
            if document := changes.next(3600):
                print(f"{document['source']['name']}  {status_line(document)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
