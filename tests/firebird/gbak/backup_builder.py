"""Backups made by hand: records, attributes and rows as bytes."""

from collections.abc import Sequence

from gdb_export.firebird.gbak.record_types import RecordType


def number(value: int) -> bytes:
    return b"\x04" + value.to_bytes(4, "little", signed=value < 0)


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def record(kind: int, *attributes: tuple[int, bytes]) -> bytes:
    """Attributes as (number, length and value)."""
    return bytes([kind]) + b"".join(bytes([one]) + value for one, value in attributes) + b"\0"


def header(*more: tuple[int, bytes], format: int = 11) -> bytes:
    return record(RecordType.BACKUP, (2, number(format)), *more)


def field(name: str, type: int, length: int, place: int, *more: tuple[int, bytes]) -> bytes:
    """Of RDB$FIELD_TYPE `type`, without a domain of its own."""
    return record(
        RecordType.FIELD,
        (1, text(name)),
        (2, text("RDB$1")),
        (13, number(place)),
        (8, number(type)),
        (10, number(length)),
        (22, number(place)),
        *more,
    )


def relation(name: str, fields: Sequence[bytes], *more: tuple[int, bytes]) -> bytes:
    end = bytes([RecordType.RELATION_END])
    return record(RecordType.RELATION, (1, text(name)), *more) + b"".join(fields) + end


def rows(name: str, contents: Sequence[bytes]) -> bytes:
    """Rows as they stand, one after another."""
    end = bytes([RecordType.RELATION_END])
    return record(RecordType.RELATION_DATA, (1, text(name))) + b"".join(contents) + end


def row(values: bytes, is_xdr: bool = True, is_packed: bool = False) -> bytes:
    length = number(len(values))
    xdr = b"\x11" + length if is_xdr else b""
    data = runs(values) if is_packed else values
    return bytes([RecordType.DATA, 1]) + length + xdr + b"\x02" + data


def runs(values: bytes) -> bytes:
    """What repeats, and pieces of the rest to copy."""
    packed = b""
    while values:
        same = min(len(values) - len(values.lstrip(values[:1])), 128)
        if same > 1:
            packed += bytes([256 - same]) + values[:1]
            values = values[same:]
        else:
            packed += bytes([min(len(values), 5)]) + values[:5]
            values = values[5:]
    return packed


def blob(field: int, segments: Sequence[bytes]) -> bytes:
    data = b"".join(len(one).to_bytes(2, "little") + one for one in segments)
    head = b"\x03" + number(field) + b"\x05" + number(len(segments)) + b"\x07"
    return bytes([RecordType.BLOB]) + head + data


def backup(
    *parts: bytes, is_transportable: bool = True, is_packed: bool = False, format: int = 11
) -> bytes:
    """A whole one, of database records without anything in them."""
    flags = (4, is_packed), (5, is_transportable)
    told = tuple((attribute, number(1)) for attribute, is_set in flags if is_set)
    database = record(RecordType.PHYSICAL_DATABASE, (14, number(3))) + record(RecordType.DATABASE)
    domain = record(RecordType.DOMAIN, (1, text("RDB$1")), (8, number(8)))
    parts_after = b"".join(parts) + bytes([RecordType.END]) + bytes(300)
    return header(*told, format=format) + database + domain + parts_after
