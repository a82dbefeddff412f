"""Rows of backups that compiled code reads: the same as those that are read one by one."""

import os
import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdb_export.firebird.gbak import backup_row_batch
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.firebird.gbak.backup_builder import backup, blob, field, relation, row, rows

# RDB$FIELD_TYPE, the length of the field, and how many bytes it has in XDR and in memory; None for
# a VARCHAR, which XDR has only as long as it is
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
    (37, 6, None, 8),
    (261, 8, 8, 8),
]
ALIGNMENT = {7: 2, 37: 2, 14: 1, 23: 1, 16: 8, 27: 8, 26: 8}


@pytest.fixture(autouse=True)
def _kernel() -> None:
    if not backup_row_batch.COMPILED:
        if os.environ.get("CI"):
            pytest.fail("the rows of backups are not compiled")
        pytest.skip("the rows of backups are not compiled: only the plain twin is tested")


def by(is_compiled: bool, data: bytes) -> ExportedTables:
    backup_row_batch.is_wanted = is_compiled
    try:
        return export_in_memory(data)
    finally:
        backup_row_batch.is_wanted = backup_row_batch.COMPILED


def xdr(kinds: list[tuple[int, int, int | None, int]], noise: bytes, is_null: bool) -> bytes:
    values = b""
    for place, (_, length, size, _) in enumerate(kinds):
        part = noise[place:] + bytes(16)
        if size is None:
            count = noise[place] % (length + 1)
            values += struct.pack(">I", count) + part[:count] + bytes(-count % 4)
        else:
            values += part[:size]
    return values + (b"\xff\xff\xff\xff" if is_null else bytes(4)) * len(kinds)


def native(kinds: list[tuple[int, int, int | None, int]], noise: bytes, is_null: bool) -> bytes:
    values = b""
    for place, (kind, length, _, size) in enumerate(kinds):
        alignment = ALIGNMENT.get(kind, 4)
        values += bytes(-len(values) % alignment)
        part = (noise[place:] + bytes(16))[:size]
        if kind == 261:
            part = bytes(size)  # its blob follows the row, if it has any
        if kind == 37:
            part = struct.pack("<H", noise[place] % (length + 1)) + part[:6]
        values += part
    values += bytes(len(values) % 2)
    return values + (b"\xff\xff" if is_null else bytes(2)) * len(kinds)


@settings(max_examples=400, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=7),
    noises=st.lists(
        st.tuples(st.binary(min_size=8, max_size=24), st.booleans(), st.booleans()), max_size=12
    ),
    is_transportable=st.booleans(),
    is_packed=st.booleans(),
    wounds=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=3),
)
def test_any_rows_are_the_same(
    kinds: list[tuple[int, int, int | None, int]],
    noises: list[tuple[bytes, bool, bool]],
    is_transportable: bool,
    is_packed: bool,
    wounds: list[tuple[int, int]],
) -> None:
    fields = [field(f"F{at}", one[0], one[1], at) for at, one in enumerate(kinds)]
    blobs = [at for at, one in enumerate(kinds) if one[0] == 261]
    values = xdr if is_transportable else native
    contents = b""
    for noise, is_null, has_blob in noises:
        contents += row(values(kinds, noise, is_null), is_transportable, is_packed)
        if has_blob and blobs:
            contents += blob(blobs[0], [noise, b"more"])
    damaged = bytearray(contents)
    for place, value in wounds:
        if damaged:
            damaged[place % len(damaged)] = value
    # a row that is left where T loses all of its own
    kept = row(values([KINDS[1]], bytes(8), False), is_transportable, is_packed)
    data = backup(
        relation("T", fields),
        relation("U", [field("F", 8, 4, 0)]),
        rows("U", [kept]),
        rows("T", [bytes(damaged)]),
        is_transportable=is_transportable,
        is_packed=is_packed,
    )
    plain, fast = by(False, data), by(True, data)
    assert fast == plain
    if not wounds:
        assert fast.damage["count"] == 0


def made(**changed: object) -> None:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch, Step

    given_: dict[str, object] = {
        "is_compressed": True,
        "is_transportable": True,
        "shortest": 8,
        "longest": 8,
        "image_length": 5,
        "null_bytes": 1,
        "flag_bytes": 4,
        "steps": [(Step.REVERSED, 4)],
        "nulls": [0],
    } | changed
    steps = array("i", [one for step in given_.pop("steps") for one in step])  # type: ignore[attr-defined]
    nulls = array("i", given_.pop("nulls"))  # type: ignore[call-overload]
    pairs = memoryview(steps).cast("B").cast("i", (len(steps) // 2, 2))
    BackupRowBatch(**given_, steps=pairs, nulls=memoryview(nulls))  # type: ignore[arg-type]


def test_the_layout_of_rows_is_checked() -> None:
    made()
    for changed in (
        {"shortest": 9},
        {"shortest": -1},
        {"longest": 1 << 25},
        {"image_length": 6},
        {"image_length": 0},
        {"null_bytes": 0},
        {"flag_bytes": 3},
        {"steps": [(6, 4)]},
        {"steps": [(0, -4), (0, 8)]},
        {"nulls": [8]},
        {"nulls": [-1]},
    ):
        with pytest.raises(ValueError, match=r"."):
            made(**changed)
