"""Backups made by the gbak service of the embedded engine."""

import time
from pathlib import Path

from tests.engine.runtime import load_engine


def back_up(database: Path, backup: Path, *options: str) -> None:
    """Makes a backup; `options` are names in SrvBackupFlag, for example "NON_TRANSPORTABLE"."""
    load_engine()
    from firebird.driver import SrvBackupFlag, connect_server

    flags = SrvBackupFlag(0)
    for name in options:
        flags |= SrvBackupFlag[name]
    with connect_server("") as server:
        server.database.backup(database=str(database), backup=str(backup), flags=flags)
        while server.is_running():
            time.sleep(0.01)


def restore(backup: Path, database: Path) -> None:
    """Restore a backup to a new database."""
    load_engine()
    from firebird.driver import connect_server

    with connect_server("") as server:
        server.database.restore(backup=str(backup), database=str(database))
        while server.is_running():
            time.sleep(0.01)
