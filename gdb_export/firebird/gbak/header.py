"""Reader of the first record of a backup, which describes the encoding of the rest."""

from dataclasses import dataclass

from gdb_export.firebird.core.errors import (
    Damage,
    EncryptedDatabase,
    NotADatabase,
    UnreadableDatabase,
    UnsupportedDatabase,
)
from gdb_export.firebird.gbak.stream.record_types import NEWEST_FORMAT, BackupAttribute, RecordType
from gdb_export.firebird.gbak.stream.stream import Stream

_DATE_LENGTHS = range(10, 41)  # of a date as text
_FIRST_ZIPPED_FORMAT = 11  # Firebird 4.0, which introduced -zip
_CRYPT_ATTRIBUTES = (
    BackupAttribute.KEY_NAME,
    BackupAttribute.KEY_HASH,
    BackupAttribute.CRYPT_PLUGIN,
)


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The encoding of a backup. `is_compressed`: rows are run-length encoded; `is_transportable`:
    their values are XDR; `is_zipped`: everything after the first record is compressed by zlib."""

    format: int
    is_compressed: bool
    is_transportable: bool
    is_zipped: bool


def is_backup(data: bytes) -> bool:
    """Whether the first bytes of a file are those of a backup's first record."""
    if len(data) < 3 or data[0] != RecordType.BACKUP:
        return False
    begins_with_format = data[1] == BackupAttribute.FORMAT and data[2] == 4
    return begins_with_format or (data[1] == BackupAttribute.DATE and data[2] in _DATE_LENGTHS)


def read_header(stream: Stream) -> BackupHeader:
    """Read the first record and leave the stream after it.

    Raises NotADatabase, or UnreadableDatabase, EncryptedDatabase or UnsupportedDatabase for a
    backup that can't be read.
    """
    if stream.byte() != RecordType.BACKUP:
        raise NotADatabase("this is neither a Firebird database nor a backup")
    attributes: dict[int, bytes] = {}
    try:
        for attribute, value in stream.attributes(RecordType.BACKUP):
            attributes[attribute] = value
    except Damage as damage:
        raise UnreadableDatabase(f"the backup's first record is damaged: {damage}") from damage
    _refuse_unsupported(attributes)
    format_number = _integer(attributes, BackupAttribute.FORMAT)
    return BackupHeader(
        format=format_number,
        is_compressed=bool(_integer(attributes, BackupAttribute.COMPRESSED)),
        is_transportable=bool(_integer(attributes, BackupAttribute.TRANSPORTABLE)),
        # InterBase uses this attribute for something else
        is_zipped=format_number >= _FIRST_ZIPPED_FORMAT
        and bool(_integer(attributes, BackupAttribute.ZIPPED)),
    )


def _refuse_unsupported(attributes: dict[int, bytes]) -> None:
    format_number = _integer(attributes, BackupAttribute.FORMAT)
    if format_number > NEWEST_FORMAT:
        raise UnsupportedDatabase(
            f"a gbak backup of format {format_number}, of a Firebird newer than 6: formats up to"
            f" {NEWEST_FORMAT} (Firebird 1.0 to 6) can be read"
        )
    if any(attribute in attributes for attribute in _CRYPT_ATTRIBUTES):
        raise EncryptedDatabase(
            "an encrypted gbak backup: restore it with the engine that wrote it, and back it up"
            " without -crypt"
        )
    volume = _integer(attributes, BackupAttribute.VOLUME)
    if volume > 1:
        raise UnsupportedDatabase(
            f"volume {volume} of a gbak backup of several volumes: restore it with gbak, and back"
            " it up into one file"
        )


def _integer(attributes: dict[int, bytes], attribute: int) -> int:
    return int.from_bytes(attributes.get(attribute, b""), "little")
