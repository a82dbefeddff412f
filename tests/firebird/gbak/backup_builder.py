"""Builds backups as bytes: records, attributes and rows.

Attributes have numbers: for a FIELD 1 is its name, 2 its domain, 8 its type, 10 its length, 13 its
position and 22 its number.
"""

from collections.abc import Sequence

from gdb_export.firebird.gbak.stream.record_types import RecordType


def number(value: int) -> bytes:
    """Length and value of an integer attribute."""
    return b"\x04" + value.to_bytes(4, "little", signed=value < 0)


def text(value: str) -> bytes:
    """Length and value of a text attribute."""
    return bytes([len(value)]) + value.encode()


def record(record_type: int, *attributes: tuple[int, bytes]) -> bytes:
    """A record of attributes as (number, length and value)."""
    content = b"".join(bytes([attribute]) + value for attribute, value in attributes)
    return bytes([record_type]) + content + b"\0"


def header(*attributes: tuple[int, bytes], format: int = 11) -> bytes:
    return record(RecordType.BACKUP, (2, number(format)), *attributes)


def field(name: str, type: int, length: int, index: int, *attributes: tuple[int, bytes]) -> bytes:
    """The field whose number and position are `index`; `type` as in RDB$FIELD_TYPE."""
    return record(
        RecordType.FIELD,
        (1, text(name)),
        (2, text("RDB$1")),
        (13, number(index)),
        (8, number(type)),
        (10, number(length)),
        (22, number(index)),
        *attributes,
    )


def relation(name: str, fields: Sequence[bytes], *attributes: tuple[int, bytes]) -> bytes:
    end = bytes([RecordType.RELATION_END])
    return record(RecordType.RELATION, (1, text(name)), *attributes) + b"".join(fields) + end


def rows(name: str, records: Sequence[bytes]) -> bytes:
    """The rows of a table: its DATA, BLOB and ARRAY records between RELATION_DATA and
    RELATION_END."""
    end = bytes([RecordType.RELATION_END])
    return record(RecordType.RELATION_DATA, (1, text(name))) + b"".join(records) + end


def row(values: bytes, is_xdr: bool = True, is_packed: bool = False) -> bytes:
    """A DATA record; `values` include the null flags."""
    length = number(len(values))
    xdr = b"\x11" + length if is_xdr else b""
    data = runs(values) if is_packed else values
    return bytes([RecordType.DATA, 1]) + length + xdr + b"\x02" + data


def runs(values: bytes) -> bytes:
    """The bytes, run-length encoded: repeated bytes as runs, others in groups of up to 5."""
    packed = b""
    while values:
        count = min(len(values) - len(values.lstrip(values[:1])), 128)
        if count > 1:
            packed += bytes([256 - count]) + values[:1]
            values = values[count:]
        else:
            packed += bytes([min(len(values), 5)]) + values[:5]
            values = values[5:]
    return packed


def blob(field_number: int, segments: Sequence[bytes]) -> bytes:
    data = b"".join(len(segment).to_bytes(2, "little") + segment for segment in segments)
    head = b"\x03" + number(field_number) + b"\x05" + number(len(segments)) + b"\x07"
    return bytes([RecordType.BLOB]) + head + data


def backup(
    *records: bytes, is_transportable: bool = True, is_packed: bool = False, format: int = 11
) -> bytes:
    """A whole backup: header, database, one domain, the given records, and the end."""
    flags = (4, is_packed), (5, is_transportable)
    attributes = tuple((attribute, number(1)) for attribute, is_set in flags if is_set)
    database = record(RecordType.PHYSICAL_DATABASE, (14, number(3))) + record(RecordType.DATABASE)
    domain = record(RecordType.DOMAIN, (1, text("RDB$1")), (8, number(8)))
    content = b"".join(records) + bytes([RecordType.END]) + bytes(300)
    return header(*attributes, format=format) + database + domain + content
