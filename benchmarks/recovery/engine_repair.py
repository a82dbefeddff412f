"""Repairs a database with the Firebird engine and writes its rows as CSVs.

    python -m benchmarks.recovery.engine_repair DATABASE FOLDER

The steps of a careful administrator: `gfix -validate -full`, `gfix -mend -full -ignore`,
`gbak -b -g -ignore`, `gbak -c`. Where backup or restore fails, each table is read from the mended
database up to its first unreadable row. Run in a process of its own, since the engine may crash or
hang on a damaged file; the file is changed.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.engine.databases import connect
from tests.engine.golden_csv import TableWriter, user_tables
from tests.engine.runtime import load_engine


def mend(server: Any, database: Path) -> None:
    """Validate and mend; an engine that refuses leaves the file as it is."""
    from firebird.driver import SrvRepairFlag as Flag

    for flags in (Flag.VALIDATE_DB | Flag.FULL, Flag.MEND_DB | Flag.FULL | Flag.IGNORE_CHECKSUM):
        with suppress(Exception):
            server.database.repair(database=str(database), flags=flags)
            server.wait()


def back_up_and_restore(server: Any, database: Path) -> Path:
    """A new database with what gbak saves of the mended one."""
    from firebird.driver import SrvBackupFlag

    backup, restored = database.with_suffix(".fbk"), database.with_suffix(".restored")
    server.database.backup(
        database=str(database),
        backup=str(backup),
        flags=SrvBackupFlag.NO_GARBAGE_COLLECT
        | SrvBackupFlag.IGNORE_CHECKSUMS
        | SrvBackupFlag.IGNORE_LIMBO,
    )
    server.wait()
    server.database.restore(backup=str(backup), database=str(restored))
    server.wait()
    return restored


def write_tables(database: Path, folder: Path) -> None:
    """Write each table as CSV, up to the first row on which the engine fails."""
    with connect(database, charset="NONE") as connection:
        for table in user_tables(connection):
            with (folder / f"{quote(table, safe='')}.csv").open("w", newline="") as csv:
                with suppress(Exception):
                    for line in TableWriter(connection, table).lines():
                        csv.write(line)


def main() -> None:
    database, folder = Path(sys.argv[1]), Path(sys.argv[2])
    load_engine()
    from firebird.driver import connect_server

    with connect_server("") as server:
        mend(server, database)
        try:
            readable = back_up_and_restore(server, database)
        except Exception:
            readable = database
    write_tables(readable, folder)


if __name__ == "__main__":
    main()
