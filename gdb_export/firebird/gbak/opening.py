"""The first record of a backup: how the rest is written, or why it can't be read."""

from dataclasses import dataclass

from gdb_export.firebird.core.errors import (
    Damage,
    EncryptedDatabase,
    NotADatabase,
    UnreadableDatabase,
    UnsupportedDatabase,
)
from gdb_export.firebird.gbak.records import NEWEST_FORMAT, BackupAttribute, Record
from gdb_export.firebird.gbak.stream import Stream

_DATE_LENGTHS = range(10, 41)  # of a date as text
_FIRST_ZIPPED = 11  # the format of Firebird 4.0, which brought -zip
_OF_CRYPT = (BackupAttribute.KEY_NAME, BackupAttribute.KEY_HASH, BackupAttribute.CRYPT_PLUGIN)


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """`is_compressed`: rows are packed in runs; `is_transportable`: their values are XDR."""

    format: int
    is_compressed: bool
    is_transportable: bool
    is_zipped: bool


def is_backup(data: bytes) -> bool:
    """Do these first bytes of a file begin with the record that begins a backup?"""
    if len(data) < 3 or data[0] != Record.BACKUP:
        return False
    begins_with_format = data[1] == BackupAttribute.FORMAT and data[2] == 4
    return begins_with_format or (data[1] == BackupAttribute.DATE and data[2] in _DATE_LENGTHS)


def read_header(stream: Stream) -> BackupHeader:
    """Leaves the stream behind it; raises what makes the backup unreadable."""
    if stream.byte() != Record.BACKUP:
        raise NotADatabase("this is neither a Firebird database nor a backup")
    found: dict[int, bytes] = {}
    try:
        for attribute, value in stream.attributes(Record.BACKUP):
            found[attribute] = value
    except Damage as damage:
        raise UnreadableDatabase(f"the backup's first record is damaged: {damage}") from damage
    _refuse(found)
    number = _number(found, BackupAttribute.FORMAT)
    return BackupHeader(
        format=number,
        is_compressed=bool(_number(found, BackupAttribute.COMPRESSED)),
        is_transportable=bool(_number(found, BackupAttribute.TRANSPORTABLE)),
        # InterBase has another meaning for the attribute
        is_zipped=number >= _FIRST_ZIPPED and bool(_number(found, BackupAttribute.ZIPPED)),
    )


def _refuse(found: dict[int, bytes]) -> None:
    number = _number(found, BackupAttribute.FORMAT)
    if number > NEWEST_FORMAT:
        raise UnsupportedDatabase(
            f"a gbak backup of format {number}, of Firebird 6 or newer: formats up to"
            f" {NEWEST_FORMAT} (Firebird 1.0 to 5.0) can be read"
        )
    if any(attribute in found for attribute in _OF_CRYPT):
        raise EncryptedDatabase(
            "an encrypted gbak backup: restore it with the engine that wrote it, and back it up"
            " without -crypt"
        )
    volume = _number(found, BackupAttribute.VOLUME)
    if volume > 1:
        raise UnsupportedDatabase(
            f"volume {volume} of a gbak backup of several volumes: restore it with gbak, and back"
            " it up into one file"
        )


def _number(found: dict[int, bytes], attribute: int) -> int:
    return int.from_bytes(found.get(attribute, b""), "little")
