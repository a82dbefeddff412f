"""Recognition of backups, and refusal of those that can't be read."""

import gzip
from pathlib import Path

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.core.errors import EncryptedDatabase, FirebirdError, UnsupportedDatabase
from gdb_export.firebird.gbak.header import is_backup
from gdb_export.firebird.gbak.stream.record_types import (
    BackupAttribute,
    DatabaseAttribute,
    RecordType,
)
from tests.export.golden import golden_backups, golden_databases
from tests.firebird.gbak.backup_builder import backup, header, number, record, text
from tests.firebird.memory_source import MemorySource


def first_bytes(packed: Path) -> bytes:
    with gzip.open(packed) as file:
        return file.read(16)


def test_backups_are_recognised_by_their_first_bytes() -> None:
    assert is_backup(header())
    assert is_backup(b"\x00\x01\x18Mon Nov 23 17:43:11 2026")
    for data in (b"", b"\0", bytes(16), b"\x01\x02\x04", b"\0\x02\x03\0\0\0", b"text"):
        assert not is_backup(data)


@pytest.mark.parametrize(
    ("header_bytes", "error", "message"),
    [
        (header(format=13), UnsupportedDatabase, "format 13, of a Firebird newer than 6"),
        (
            header((BackupAttribute.VOLUME, number(2))),
            UnsupportedDatabase,
            "volume 2 of a gbak backup of several",
        ),
        (
            header((BackupAttribute.KEY_HASH, text("hash="))),
            EncryptedDatabase,
            "an encrypted gbak backup",
        ),
        (
            header((BackupAttribute.KEY_NAME, text("Key"))),
            EncryptedDatabase,
            "an encrypted gbak backup",
        ),
    ],
)
def test_an_unreadable_backup_is_refused(
    header_bytes: bytes, error: type[FirebirdError], message: str
) -> None:
    with pytest.raises(error, match=message):
        open_chunks(MemorySource(header_bytes + bytes(100)))


def test_a_backup_of_interbase_is_refused() -> None:
    """InterBase writes the ODS into the record PHYSICAL_DATABASE."""
    physical = record(
        RecordType.PHYSICAL_DATABASE,
        (DatabaseAttribute.DIALECT, number(3)),
        (DatabaseAttribute.ODS_MAJOR, number(18)),
        (DatabaseAttribute.ODS_MINOR, number(2)),
    )
    compressed, zipped = (
        (BackupAttribute.COMPRESSED, number(1)),
        (BackupAttribute.ZIPPED, number(1)),
    )
    data = header(compressed, zipped, format=7) + physical + bytes(100)
    with pytest.raises(UnsupportedDatabase, match=r"backup of an InterBase database, ODS 18\.2"):
        open_chunks(MemorySource(data))


def test_a_damaged_volume_of_a_split_backup_is_refused() -> None:
    data = b"InterBase/gbak,   Mon Nov 23 17:43:11 2026, file No.    1 of    2" + bytes(2000)
    with pytest.raises(FirebirdError, match="a damaged volume of a split backup"):
        open_chunks(MemorySource(data))


def test_a_backup_may_have_no_tables() -> None:
    reader = open_chunks(MemorySource(backup())).reader
    assert reader.tables == []
    assert reader.damage.count == 0


def test_golden_databases_are_not_taken_for_backups() -> None:
    for packed in golden_databases():
        assert not is_backup(first_bytes(packed))
    for packed in golden_backups():
        assert is_backup(first_bytes(packed))
