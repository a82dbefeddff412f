"""The golden databases of this folder, unpacked."""

import gzip
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent


@cache
def database_bytes(name: str) -> bytes:
    """A database by engine and name, such as `fb15/evolve`."""
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


@cache
def backup_bytes(name: str) -> bytes:
    """A backup by engine and name, such as `fb15/types`."""
    return gzip.decompress((DATA / f"{name}.fbk.gz").read_bytes())
