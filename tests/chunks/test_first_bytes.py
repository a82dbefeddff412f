"""A file is refused before its upload if its first bytes show that its export would fail."""

import gzip

import pytest

from gdb_export.chunks.first_bytes import reject_unreadable
from gdb_export.firebird.core.errors import FirebirdError, NotADatabase
from tests.data.databases import database_bytes
from tests.export.golden import golden_backups
from tests.firebird.memory_source import MemorySource


def test_databases_and_backups_pass() -> None:
    for name in ("fb15/evolve", "fb50/blobs"):
        reject_unreadable(MemorySource(database_bytes(name)))
    for path in golden_backups():
        reject_unreadable(MemorySource(gzip.decompress(path.read_bytes())))


def test_a_lost_or_damaged_header_passes() -> None:
    """The other pages may be read."""
    data = database_bytes("fb15/evolve")
    for header in (bytes(1024), b"\xa7" * 1024, data[:16] + b"\0\0" + data[18:1024]):
        reject_unreadable(MemorySource(header + data[1024:]))


@pytest.mark.parametrize("data", [b"", b"text " * 400, b"PK\x03\x04" + bytes(range(256)) * 5])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(NotADatabase):
        reject_unreadable(MemorySource(data))


def test_other_versions_are_refused() -> None:
    data = database_bytes("fb15/evolve")
    with pytest.raises(FirebirdError, match="Red Database"):
        reject_unreadable(MemorySource(data[:18] + b"\x02\xe0" + data[20:]))
