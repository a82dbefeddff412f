"""Backups of every format since InterBase 4, transportable and not."""

import struct

import pytest

from gdb_export.firebird.core.errors import UnsupportedDatabase
from gdb_export.firebird.gbak.backup import Backup
from gdb_export.firebird.gbak.stream.record_types import RecordType
from tests.export.in_memory import export_in_memory
from tests.firebird.gbak.backup_builder import (
    backup,
    blob,
    field,
    number,
    record,
    relation,
    row,
    rows,
    text,
)
from tests.firebird.memory_source import MemorySource

SHORT, LONG, VARYING, BLOB = 7, 8, 37, 261
TEXT_SUB_TYPE = (9, b"\x04" + (1).to_bytes(4, "little"))
FIELDS = [
    field("A", LONG, 4, 0),
    field("S", SHORT, 2, 1),
    field("V", VARYING, 5, 2),
    field("B", BLOB, 8, 3, TEXT_SUB_TYPE),
]
# Rows: the values of A, S, V and B, then a null flag for each of them
XDR = struct.pack(">iiI4s8s4i", 7, -3, 2, b"ab", b"", 0, 0, 0, 0)
XDR_NULLS = struct.pack(">iiI8s4i", 8, 0, 0, b"", 0, -1, -1, -1)
NATIVE = struct.pack("<ihH5sx2x8s4h", 7, -3, 2, b"ab", b"", 0, 0, 0, 0)
NATIVE_NULLS = struct.pack("<ihH5sx2x8s4h", 8, 0, 0, b"", b"", 0, -1, -1, -1)
EXPECTED = {"T": ["7,-3,ab,text", "8,,,"]}


@pytest.mark.parametrize("format", range(4, 12))
def test_rows_of_a_transportable_backup_are_read(format: int) -> None:
    records = [row(XDR), blob(3, [b"te", b"xt"]), row(XDR_NULLS)]
    data = backup(relation("T", FIELDS), rows("T", records), format=format)
    result = export_in_memory(data)
    assert (result.rows, result.damage["count"]) == (EXPECTED, 0)


@pytest.mark.parametrize("format", range(4, 12))
def test_rows_of_a_backup_that_is_not_transportable_are_read(format: int) -> None:
    records = [row(NATIVE, False), blob(3, [b"te", b"xt"]), row(NATIVE_NULLS, False)]
    data = backup(relation("T", FIELDS), rows("T", records), is_transportable=False, format=format)
    result = export_in_memory(data)
    assert (result.rows, result.damage["count"]) == (EXPECTED, 0)


def test_the_ods_is_that_of_the_engine_that_wrote_the_format() -> None:
    versions = [Backup(MemorySource(backup(format=format))).ods for format in (4, 6, 9, 11)]
    assert versions == [(10, 1), (10, 1), (11, 2), (13, 0)]


@pytest.mark.parametrize("format", range(4, 12))
def test_system_tables_are_skipped(format: int) -> None:
    """Tables of InterBase's tools (PYXIS$FORMS, QLI$PROCEDURES) have rows in a backup."""
    forms = relation("PYXIS$FORMS", FIELDS, (7, number(3)))
    records = [row(XDR), blob(3, [b"te", b"xt"]), row(XDR_NULLS)]
    data = backup(
        forms,
        relation("T", FIELDS),
        rows("PYXIS$FORMS", [row(XDR), blob(3, [b"form"])]),
        rows("T", records),
        format=format,
    )
    result = export_in_memory(data)
    assert (result.rows, result.damage["count"]) == (EXPECTED, 0)


@pytest.mark.parametrize(("format", "header"), [(6, "B,A"), (7, "A,B")])
def test_columns_without_a_position_come_first_or_last(format: int, header: str) -> None:
    """From Firebird 2.0 on, which sorts NULL first, they come first."""
    without_position = record(
        RecordType.FIELD, (1, text("A")), (8, number(LONG)), (10, number(4)), (22, number(0))
    )
    fields = [without_position, field("B", LONG, 4, 1)]
    values = struct.pack(">ii2i", 1, 2, 0, 0)
    data = backup(relation("T", fields), rows("T", [row(values)]), format=format)
    assert export_in_memory(data).headers == {"T": header}


def test_a_backup_of_a_later_format_is_refused() -> None:
    with pytest.raises(UnsupportedDatabase, match="format 13, of a Firebird newer than 6"):
        Backup(MemorySource(backup(format=13)))
