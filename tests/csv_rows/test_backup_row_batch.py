"""Rows of backups that are read in batches by compiled code: the same as rows read one by one."""

import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.gbak import backup_row_batch
from tests.csv_rows.implementations import (
    COMPILED,
    REFERENCE,
    implementation,
    opener,
    require_kernel,
)
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.firebird.gbak.backup_builder import backup, blob, field, relation, row, rows
from tests.random_examples import few_examples

VARCHAR, BLOB = 37, 261
# RDB$FIELD_TYPE, the length of the field, its size in XDR and in memory; the size of a VARCHAR in
# XDR is that of its text
KINDS = [
    (7, 2, 4, 2),
    (8, 4, 4, 4),
    (16, 8, 8, 8),
    (27, 8, 8, 8),
    (12, 4, 4, 4),
    (35, 8, 8, 8),
    (23, 1, 4, 1),
    (26, 16, 16, 16),
    (28, 8, 8, 8),
    (29, 12, 12, 12),
    (14, 5, 8, 5),
    (VARCHAR, 6, None, 8),
    (BLOB, 8, 8, 8),
]
ALIGNMENT = {7: 2, VARCHAR: 2, 14: 1, 23: 1, 16: 8, 27: 8, 26: 8}


@pytest.fixture(autouse=True)
def _kernel() -> None:
    require_kernel()
    assert backup_row_batch.COMPILED


def exported(data: bytes, by: str) -> ExportedTables:
    return export_in_memory(data, opener=opener(implementation(by)))


def xdr(kinds: list[tuple[int, int, int | None, int]], noise: bytes, is_null: bool) -> bytes:
    """The row of a transportable backup; its values are made from the noise."""
    values = b""
    for index, (_, length, size, _) in enumerate(kinds):
        data = noise[index:] + bytes(16)
        if size is None:
            count = noise[index] % (length + 1)
            values += struct.pack(">I", count) + data[:count] + bytes(-count % 4)
        else:
            values += data[:size]
    return values + (b"\xff\xff\xff\xff" if is_null else bytes(4)) * len(kinds)


def native(kinds: list[tuple[int, int, int | None, int]], noise: bytes, is_null: bool) -> bytes:
    """The row of a backup that is not transportable; its values are made from the noise."""
    values = b""
    for index, (kind, length, _, size) in enumerate(kinds):
        alignment = ALIGNMENT.get(kind, 4)
        values += bytes(-len(values) % alignment)
        data = (noise[index:] + bytes(16))[:size]
        if kind == BLOB:
            data = bytes(size)  # the blob, if there is one, follows the row
        if kind == VARCHAR:
            data = struct.pack("<H", noise[index] % (length + 1)) + data[:6]
        values += data
    values += bytes(len(values) % 2)
    return values + (b"\xff\xff" if is_null else bytes(2)) * len(kinds)


@few_examples(80)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=7),
    noises=st.lists(
        st.tuples(st.binary(min_size=8, max_size=24), st.booleans(), st.booleans()), max_size=12
    ),
    is_transportable=st.booleans(),
    is_packed=st.booleans(),
    corruptions=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=3),
)
def test_batches_have_the_same_rows(
    kinds: list[tuple[int, int, int | None, int]],
    noises: list[tuple[bytes, bool, bool]],
    is_transportable: bool,
    is_packed: bool,
    corruptions: list[tuple[int, int]],
) -> None:
    fields = [
        field(f"F{position}", field_type, length, position)
        for position, (field_type, length, _, _) in enumerate(kinds)
    ]
    blobs = [position for position, kind in enumerate(kinds) if kind[0] == BLOB]
    values = xdr if is_transportable else native
    table_rows = b""
    for noise, is_null, has_blob in noises:
        table_rows += row(values(kinds, noise, is_null), is_transportable, is_packed)
        if has_blob and blobs:
            table_rows += blob(blobs[0], [noise, b"more"])
    damaged = bytearray(table_rows)
    for offset, value in corruptions:
        if damaged:
            damaged[offset % len(damaged)] = value
    # a backup without any row is refused: this one remains if all rows of T are lost
    row_of_other_table = row(values([KINDS[1]], bytes(8), False), is_transportable, is_packed)
    data = backup(
        relation("T", fields),
        relation("U", [field("F", 8, 4, 0)]),
        rows("U", [row_of_other_table]),
        rows("T", [bytes(damaged)]),
        is_transportable=is_transportable,
        is_packed=is_packed,
    )
    expected, batched = exported(data, REFERENCE), exported(data, COMPILED)
    assert batched == expected
    if not corruptions:
        assert batched.damage["count"] == 0


def create_batch(**changed: object) -> None:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch, Step
    from gdb_export.firebird.gbak.row_steps import pairs

    arguments: dict[str, object] = {
        "is_compressed": True,
        "is_transportable": True,
        "shortest": 8,
        "longest": 8,
        "image_length": 5,
        "null_bytes": 1,
        "flag_bytes": 4,
        "steps": [(Step.REVERSED, 4)],
        "nulls": [0],
        "blobs": [],
    } | changed
    nulls = array("i", arguments.pop("nulls"))  # type: ignore[call-overload]
    arguments["steps"], arguments["blobs"] = pairs(arguments["steps"]), pairs(arguments["blobs"])  # type: ignore[arg-type]
    BackupRowBatch(**arguments, nulls=memoryview(nulls))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shortest": 9}, "rows of 9 to 8 bytes"),
        ({"shortest": -1}, "rows of -1 to 8 bytes"),
        ({"longest": 1 << 25}, "rows of 8 to 33554432 bytes"),
        ({"image_length": 6}, "steps fill 5 bytes of 6"),
        ({"image_length": 0}, "images of 0"),
        ({"null_bytes": 0}, "0 bytes of nulls"),
        ({"flag_bytes": 3}, "flags of 3 bytes"),
        ({"steps": [(6, 4)]}, "step 6 of 4 bytes"),
        ({"steps": [(0, -4), (0, 8)]}, "step 0 of -4 bytes"),
        ({"nulls": [8]}, "null bit 8"),
        ({"nulls": [-1]}, "null bit -1"),
        ({"blobs": [(0, 0)]}, "a blob id at 0 of 5"),
        ({"blobs": [(0, 1 << 20)]}, "a blob id at 1048576 of 5"),
    ],
    ids=str,
)
def test_the_layout_of_rows_is_checked(changed: dict[str, object], message: str) -> None:
    create_batch()
    with pytest.raises(ValueError, match=message):
        create_batch(**changed)
