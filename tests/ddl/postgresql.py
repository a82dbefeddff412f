"""A PostgreSQL server for tests: the programs of a Debian package, on a Unix socket only."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def require_postgresql() -> Path:
    """The folder of the server's programs. Without one a test is skipped, in CI it fails."""
    programs = postgresql_programs()
    if programs is None:
        missing = "no PostgreSQL on this machine (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return programs


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl, None if they are not installed."""
    initdb = shutil.which("initdb")
    folders = [Path(initdb).parent] if initdb else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((path for path in reversed(folders) if (path / "initdb").exists()), None)


@contextmanager
def postgresql(programs: Path, data: str) -> Iterator[dict[str, str]]:
    """Run a server that listens on a Unix socket only; yield the variables that lead psql to it."""
    prefix = []
    if os.geteuid() == 0:
        # the server refuses to run as root; its package creates a user for it.
        shutil.chown(data, "postgres", "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    initialise = ["initdb", "--username=loader", "--encoding=UTF8", "--locale=C"]
    options = f"-c listen_addresses= -c unix_socket_directories={data}"
    control = [*prefix, str(programs / "pg_ctl"), f"--pgdata={data}"]
    subprocess.run(
        [*prefix, programs / initialise[0], *initialise[1:], f"--pgdata={data}"],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*control, f"--options={options}", f"--log={data}/log", "--wait", "start"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield {"PGHOST": data, "PGUSER": "loader", "PGDATABASE": "postgres"}
    finally:
        subprocess.run([*control, "--mode=fast", "stop"], check=True, stdout=subprocess.DEVNULL)
