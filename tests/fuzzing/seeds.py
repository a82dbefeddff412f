"""The files from which the fuzzers start: golden databases, and small databases of 1 KB pages."""

import gzip
from functools import cache
from pathlib import Path

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from tests.data.databases import DATA
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.hostile.attacks import FOLDER as ATTACKS

MAX_FILE = 1_300_000  # bytes of a golden database: each run exports all of it
# Attacks whose export takes many seconds, within its bounds: a fuzzer would do nothing else
SLOW_ATTACKS = ("damages500.fbk.gz",)
MAX_SMALL_FILE = 70_000  # bytes of a file whose every byte libFuzzer may change
ODS_VERSIONS = ((10, 1), (11, 0), (11, 2), (12, 0), (13, 1), (14, 0))


@cache
def golden_files() -> list[bytes]:
    """The small databases and backups of tests/data, in the order of their paths."""
    folders = ("fb15", "fb20", "fb21", "fb25", "fb30", "fb40", "fb50", "fb60", "interbase")
    paths = [path for folder in folders for path in (DATA / folder).glob("*.?[db][bk].gz")]
    return [data for path in sorted(paths) if len(data := _unpacked(path)) <= MAX_FILE]


@cache
def small_databases() -> list[bytes]:
    """A database of each ODS version with pages of 1 KB, and the attacks on databases."""
    built = [_small_database(version) for version in ODS_VERSIONS]
    return built + _attacks("*.fdb.gz")


@cache
def small_backups() -> list[bytes]:
    """The backups of less than MAX_SMALL_FILE bytes, golden ones and attacks."""
    golden = [data for data in golden_files() if data[:1] == b"\0"]
    return [data for data in golden if len(data) <= MAX_SMALL_FILE] + _attacks("*.fbk.gz")


def _small_database(version: tuple[int, int]) -> bytes:
    """A database with a table of integers and one of a text, a date and a number with decimals."""
    page_size = 1024 if version < (13, 0) else 4096 if version < (14, 0) else 8192
    builder = DatabaseBuilder(version, page_size=page_size)
    builder.table("NUMBERS", [integer_row(1, 2), integer_row(None, 3), integer_row(-1, None)])
    columns = [
        ("TEXT", Descriptor(Dtype.VARYING, 0, 12, 0, offset=4)),
        ("DAY", Descriptor(Dtype.DATE, length=4, offset=16)),
        ("AMOUNT", Descriptor(Dtype.INT64, -2, 8, offset=24)),
    ]
    row = bytes(4) + b"\3\0abc".ljust(12, b"\0") + b"\x88\xea\0\0" + bytes(4) + b"\xd2\4" + bytes(6)
    builder.table("VALUES", [row, b"\7" + bytes(31)], columns)
    return builder.build()


def _attacks(pattern: str) -> list[bytes]:
    paths = sorted(path for path in ATTACKS.glob(pattern) if path.name not in SLOW_ATTACKS)
    files = [_unpacked(path) for path in paths]
    return [data for data in files if len(data) <= MAX_SMALL_FILE]


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
