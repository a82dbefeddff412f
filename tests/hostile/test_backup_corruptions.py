"""Damaged backups lose only their damaged rows, each reported with its byte offset."""

from functools import cache

import pytest

from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.gbak.backup import Backup
from gdb_export.firebird.gbak.stream.record_types import RecordType
from tests.data.databases import backup_bytes
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.firebird.gbak.backup_builder import (
    backup,
    blob,
    field,
    number,
    relation,
    row,
    rows,
    text,
)
from tests.firebird.memory_source import MemorySource
from tests.hostile.undamaged import only_rows_missing

NAME = "fb15/types"
INTEGER, BLOB = 8, 261
NOT_NULL = bytes(4)  # the null flag of a field that is not null


@cache
def undamaged() -> ExportedTables:
    return export_in_memory(backup_bytes(NAME))


def xdr_integer(value: int) -> bytes:
    """An INTEGER as a transportable backup holds it."""
    return value.to_bytes(4, "big")


def integer_rows(values: range) -> list[bytes]:
    return [row(xdr_integer(value) + NOT_NULL) for value in values]


def two_tables(first: list[bytes], second: list[bytes]) -> bytes:
    """A backup with the tables A and B of these rows."""
    column = field("ID", INTEGER, 4, 0)
    return backup(
        relation("A", [column]), relation("B", [column]), rows("A", first), rows("B", second)
    )


def test_a_truncated_backup_gives_the_rows_before_its_end() -> None:
    data = backup_bytes(NAME)
    for length in range(len(data) // 3, len(data) - 600, len(data) // 9):
        result = export_in_memory(data[:length])
        assert f"the backup is cut off at byte {length}" in " ".join(result.reasons)
        assert result.warnings[0] == (
            "the backup has no end: it was cut off, or it continues in another volume"
        )
        for name, lines in result.rows.items():
            assert undamaged().rows[name][: len(lines)] == lines
        missing = {name for name, lines in result.rows.items() if lines != undamaged().rows[name]}
        assert missing <= {table for table, _, _ in result.locations}


def test_a_backup_cut_off_before_the_rows_is_refused() -> None:
    with pytest.raises(UnreadableDatabase, match="cut off at byte 5000, before the rows"):
        export_in_memory(backup_bytes(NAME)[:5000])


def test_a_row_of_a_wrong_length_costs_only_itself() -> None:
    broken = bytes([RecordType.DATA, 1]) + number(70_000) + b"\x11" + number(70_000) + b"\x02"
    result = export_in_memory(
        two_tables(
            [*integer_rows(range(5)), broken, *integer_rows(range(6, 9))], integer_rows(range(2))
        )
    )
    assert result.rows["A"] == ["0", "1", "2", "3", "4", "6", "7", "8"]
    assert result.rows["B"] == ["0", "1"]
    (reason,) = result.reasons
    assert reason.endswith("a row of 70000 bytes: rows of its table have 8 to 8")


def test_garbage_between_rows_costs_no_row() -> None:
    result = export_in_memory(
        two_tables(
            [*integer_rows(range(3)), b"\x63" * 1000, *integer_rows(range(3, 5))],
            integer_rows(range(1)),
        )
    )
    assert result.rows == {"A": ["0", "1", "2", "3", "4"], "B": ["0"]}
    assert [table for table, _, _ in result.locations] == ["A"]


def test_a_blob_that_claims_too_many_segments_costs_only_its_row() -> None:
    columns = [field("ID", INTEGER, 4, 0), field("T", BLOB, 8, 1, (9, number(1)))]
    undamaged_rows = [
        row(xdr_integer(value) + bytes(8) + NOT_NULL * 2) + blob(1, [b"ab", b"c"])
        for value in (1, 3)
    ]
    blob_header = bytes([RecordType.BLOB, 3]) + number(1) + b"\x05" + number(-1) + b"\x07"
    damaged_row = row(xdr_integer(2) + bytes(8) + NOT_NULL * 2) + blob_header + b"\x02\0ab"
    first, third = undamaged_rows
    data = backup(relation("A", columns), rows("A", [first, damaged_row, third]))
    result = export_in_memory(data)
    assert result.rows["A"] == ["1,abc", "3,abc"]
    assert result.damage["count"] == 1


def test_a_blob_of_no_column_costs_only_its_row() -> None:
    data = two_tables([integer_rows(range(1))[0] + blob(7, [b"x"]), *integer_rows(range(1, 3))], [])
    result = export_in_memory(data)
    assert result.rows["A"] == ["1", "2"]
    assert result.reasons[0].endswith("a blob of field 7, which is not a blob column")


def test_an_index_record_that_extends_into_the_next_table_costs_no_row_of_it() -> None:
    """Such records occur in backups of gbak: the length of an index name exceeds the name."""
    column = field("ID", INTEGER, 4, 0)
    index = bytes([RecordType.INDEX, 1, 30]) + b"RDB$P" + bytes([0, RecordType.RELATION_END])
    data = backup(
        relation("A", [column]),
        relation("B", [column]),
        bytes([RecordType.RELATION_DATA, 1, 1]) + b"A\0" + index,
        rows("B", integer_rows(range(40))),
    )
    result = export_in_memory(data)
    assert result.rows == {"A": [], "B": [str(number) for number in range(40)]}
    assert [table for table, _, _ in result.locations] == ["A"]


def test_rows_of_an_undescribed_table_are_reported() -> None:
    column = field("ID", INTEGER, 4, 0)
    data = backup(
        relation("A", [column]),
        rows("LOST", integer_rows(range(3))),
        rows("A", integer_rows(range(2))),
    )
    result = export_in_memory(data)
    assert result.rows["A"] == ["0", "1"]
    assert "rows of a table 'LOST' that is not described" in result.reasons[0]


def test_a_damaged_description_costs_only_its_table() -> None:
    column = field("ID", INTEGER, 4, 0)
    broken = relation("B", [column]).replace(bytes([RecordType.FIELD, 1]), b"\x63\x01", 1)
    data = backup(
        relation("A", [column]),
        broken,
        relation("C", [column]),
        rows("A", integer_rows(range(1))),
        rows("B", integer_rows(range(2))),
        rows("C", integer_rows(range(3))),
    )
    result = export_in_memory(data)
    assert result.rows == {"A": ["0"], "C": ["0", "1", "2"]}
    assert "the description of the table B is damaged" in " ".join(result.reasons)


def test_a_column_of_an_unknown_type_costs_only_its_table() -> None:
    """The message contains the dtype that the unknown BLR type 99 is converted to: 0."""
    column, unknown = field("ID", INTEGER, 4, 0), field("X", 99, 4, 0)
    data = backup(
        relation("A", [unknown]),
        relation("B", [column]),
        rows("A", integer_rows(range(3))),
        rows("B", integer_rows(range(2))),
    )
    result = export_in_memory(data)
    assert result.rows == {"A": [], "B": ["0", "1"]}
    assert result.reasons[0] == "a field of type 0, which backups do not contain"


def test_a_table_of_unknown_types_only_is_refused_in_a_native_backup_too() -> None:
    unknown, column = field("X", 99, 4, 0), field("ID", INTEGER, 4, 0)
    native_row = row((7).to_bytes(4, "little") + bytes(2), is_xdr=False)
    data = backup(
        relation("A", [unknown]),
        relation("B", [column]),
        rows("A", [native_row]),
        rows("B", [native_row]),
        is_transportable=False,
    )
    result = export_in_memory(data)
    assert result.rows == {"A": [], "B": ["7"]}
    assert result.reasons == ["a field of type 0, which backups do not contain"]


def test_a_lost_domain_costs_no_row() -> None:
    data = bytearray(backup_bytes(NAME))
    offset = data.index(bytes([RecordType.DOMAIN, 1]) + text("RDB$2"))
    data[offset] = 0xC8
    result = export_in_memory(bytes(data))
    assert result.rows == undamaged().rows
    assert result.reasons == [f"at byte {offset + 1}: unknown record type 200"]


def test_a_destroyed_relation_data_record_costs_its_table() -> None:
    data = bytearray(backup_bytes(NAME))
    name = sorted(undamaged().rows)[3]
    offset = data.index(bytes([RecordType.RELATION_DATA, 1]) + text(name))
    data[offset] = 0xC8
    result = export_in_memory(bytes(data))
    assert result.rows == undamaged().rows | {name: []}
    assert name in [table for table, _, _ in result.locations]


def test_overwritten_bytes_cost_few_rows_and_change_one_table_only() -> None:
    data = bytearray(backup_bytes(NAME))
    data[90_000:90_004] = b"\xff\xff\xff\xff"
    result = export_in_memory(bytes(data))
    lost = sum(map(len, undamaged().rows.values())) - sum(map(len, result.rows.values()))
    assert lost <= 3
    changed = [name for name, lines in result.rows.items() if lines != undamaged().rows[name]]
    assert len(changed) <= 1
    for name in set(result.rows) - set(changed):
        assert only_rows_missing(result.rows[name], undamaged().rows[name])


class CountingSource(MemorySource):
    """Counts the bytes that are read."""

    read_bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        data = super().read(offset, length)
        self.read_bytes += len(data)
        return data


@pytest.mark.parametrize(
    "candidate",
    [
        # each begins like a long row or like the rows of a table, but is neither
        bytes([RecordType.DATA, 1]) + number(8) + b"\x11" + number(8) + b"\x02" + bytes(9),
        integer_rows(range(1))[0] + bytes([RecordType.BLOB, 5]) + number(-1) + b"\x07",
        bytes([RecordType.RELATION_DATA, 1, 200]) + b"\x02\x01\x40",
        b"\x06\x01\x04" * 3,
    ],
)
def test_resynchronisation_among_many_false_candidates_is_linear(candidate: bytes) -> None:
    source = CountingSource(
        two_tables([candidate * (400_000 // len(candidate))], integer_rows(range(1)))
    )
    index = Backup(source).index()
    assert index.tables["B"].rows <= 1
    assert source.read_bytes < 12 * source.size
