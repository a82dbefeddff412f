"""The inputs of tests/hostile/inputs: small files, made by hand, that cost far more than their size
in a reader without the bounds that the tests of attacks check."""

import gzip
from pathlib import Path

from gdb_export.firebird.database import Database
from tests.firebird.memory_source import MemorySource

FOLDER = Path(__file__).parent / "inputs"


def attack(name: str) -> bytes:
    """The unpacked bytes of an input, by its name without `.gz`."""
    return gzip.decompress((FOLDER / f"{name}.gz").read_bytes())


def open_attack(name: str) -> Database:
    return Database(MemorySource(attack(name)))
