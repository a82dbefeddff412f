"""Runs the storage server alone, over a folder of buckets."""

import argparse
import signal
from pathlib import Path

from local.storage.events import Trigger
from local.storage.server import storage_server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.storage", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bucket", default="")
    parser.add_argument("--event-url", default="")
    arguments = parser.parse_args()
    trigger = Trigger(arguments.bucket, arguments.event_url) if arguments.event_url else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with storage_server(arguments.folder, arguments.port, trigger) as server:
            print(f"export STORAGE_EMULATOR_HOST={server.url}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
