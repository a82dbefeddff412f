"""Records of any content: both twins write the same, or find the same damage."""

import gzip
import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.formats import Descriptor, Format
from tests.csv_rows.implementations import twin
from tests.csv_rows.page_builder import data_page, made_of, record
from tests.export.golden import golden_databases
from tests.firebird.memory_source import MemorySource


@cache
def opened(path: Path) -> Database:
    return Database(MemorySource(gzip.decompress(path.read_bytes())))


def stored_tables(database: Database) -> list[Table]:
    return [table for table in database.tables if table.formats and table.columns]


EACH_DATABASE = pytest.mark.parametrize(
    "path", golden_databases(), ids=lambda path: f"{path.parent.name}-{path.name[:-7]}"
)
ODD_TEXT = st.lists(
    st.sampled_from(
        [b"a", b" ", b",", b'"', b"\r", b"\n", b"\0", b"\x81", b"\xe9", b"\xc3\xa9", b"\xff"]
    ),
    max_size=30,
).map(b"".join)
DAYS = st.one_of(
    st.integers(-678_580, -678_570),
    st.integers(2_973_480, 2_973_490),
    st.integers(-(2**31), 2**31 - 1),
)
TICKS = st.one_of(
    st.integers(0, 864_000_010),
    st.integers(0, 86_401).map(lambda s: s * 10_000),
    st.just(2**32 - 1),
)
DOUBLES = st.one_of(st.floats(), st.integers(-(10**9), 10**9).map(lambda n: n / 100)).map(
    lambda number: struct.pack("<d", number)
)


def stored(one: Descriptor) -> st.SearchStrategy[bytes]:
    """Bytes of a field of that type; mostly such as may be met."""
    if one.dtype == Dtype.TEXT:
        return ODD_TEXT.map(lambda text: text[: one.length].ljust(one.length))
    if one.dtype == Dtype.VARYING:
        room = one.length - 2
        lengths = st.one_of(st.none(), st.integers(0, min(room + 2, 65535)))
        return st.builds(varying, ODD_TEXT, lengths, st.just(room))
    if one.dtype == Dtype.DATE:
        return DAYS.map(lambda days: struct.pack("<i", days))
    if one.dtype == Dtype.TIME:
        return TICKS.map(lambda ticks: struct.pack("<I", ticks))
    if one.dtype == Dtype.TIMESTAMP:
        return st.builds(lambda days, ticks: struct.pack("<iI", days, ticks), DAYS, TICKS)
    if one.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT):
        return DOUBLES
    if one.dtype in (Dtype.BLOB, Dtype.ARRAY):
        return st.integers(0, 300).map(lambda number: struct.pack("<II", 128, number))
    return st.binary(min_size=one.length, max_size=one.length)


def varying(text: bytes, length: int | None, room: int) -> bytes:
    text = text[:room]
    said = len(text) if length is None else length
    return struct.pack("<H", said) + text.ljust(room, b"x")


@st.composite
def images(draw: st.DrawFn, layout: Format) -> bytes:
    image = bytearray(layout.length)
    for field_id, one in enumerate(layout.descriptors):
        if one.is_stored:
            image[one.offset : one.offset + one.length] = draw(stored(one))[: one.length]
        is_null = draw(st.booleans()) and draw(st.booleans())
        # the first format of an external table has no image at all
        if is_null and image:
            image[field_id >> 3] |= 1 << (field_id & 7)
    return bytes(image)


@EACH_DATABASE
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_values_are_written_alike(path: Path, data: st.DataObject) -> None:
    database = opened(path)
    table = data.draw(st.sampled_from(stored_tables(database)))
    number = data.draw(st.sampled_from(sorted(table.formats)))
    layout = database.format(table, number)
    items: list[bytes] = []
    room = database.page_size - ods.DATA_SLOTS
    for image in data.draw(st.lists(images(layout), min_size=1, max_size=4)):
        item = record(image, number)
        room -= len(item) + 4
        if room >= 0:
            items.append(item)
    page = data_page(table.relation, database.page_size, items)
    assert made_of(twin("fast"), database, table, page) == made_of(
        ReferenceRows, database, table, page
    )


@st.composite
def wounds(draw: st.DrawFn, page: bytes) -> bytes:
    """The page with a few bytes changed, most of them in its slots and record headers."""
    wounded = bytearray(page)
    for _ in range(draw(st.integers(0, 6))):
        near = draw(st.sampled_from([32, 128, len(page)]))
        at = draw(st.integers(0, near - 1))
        if draw(st.booleans()):
            at = len(page) - 1 - at
        wounded[at] = draw(st.integers(0, 255))
    return bytes(wounded)


@EACH_DATABASE
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_pages_are_read_alike(path: Path, data: st.DataObject) -> None:
    database = opened(path)
    table = data.draw(st.sampled_from(stored_tables(database)))
    numbers = database.data_pages(table, database.damage)
    present = [sequence for sequence, number in enumerate(numbers) if number]
    if not present:
        return
    sequence = data.draw(st.sampled_from(present))
    number, sound = numbers[sequence], database.pages.page
    page = data.draw(wounds(sound(numbers[sequence])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.pages, "page", lambda n: page if n == number else sound(n))
        fast = made_of(twin("fast"), database, table, page, (sequence, number))
        assert fast == made_of(ReferenceRows, database, table, page, (sequence, number))
