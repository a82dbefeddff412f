"""Records of any content: both implementations write the same lines and find the same damage."""

import gzip
import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.table_pages.page_runs import PageRef
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import FormattedPage, data_page, format_page, record
from tests.export.golden import golden_databases
from tests.firebird.memory_source import MemorySource


@cache
def open_database(path: Path) -> Database:
    return Database(MemorySource(gzip.decompress(path.read_bytes())))


def stored_tables(database: Database) -> list[Table]:
    return [table for table in database.tables if table.formats and table.columns]


EACH_DATABASE = pytest.mark.parametrize(
    "path", golden_databases(), ids=lambda path: f"{path.parent.name}-{path.name[:-7]}"
)
SPECIAL_TEXT = st.lists(
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
    st.integers(0, 86_401).map(lambda seconds: seconds * 10_000),
    st.just(2**32 - 1),
)
DOUBLES = st.one_of(st.floats(), st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)).map(
    lambda value: struct.pack("<d", value)
)


def field_bytes(descriptor: Descriptor) -> st.SearchStrategy[bytes]:
    """Bytes of a field of that type, most of them valid."""
    if descriptor.dtype == Dtype.TEXT:
        return SPECIAL_TEXT.map(lambda text: text[: descriptor.length].ljust(descriptor.length))
    if descriptor.dtype == Dtype.VARYING:
        room = descriptor.length - 2
        lengths = st.one_of(st.none(), st.integers(0, min(room + 2, 65535)))
        return st.builds(varying, SPECIAL_TEXT, lengths, st.just(room))
    if descriptor.dtype == Dtype.DATE:
        return DAYS.map(lambda days: struct.pack("<i", days))
    if descriptor.dtype == Dtype.TIME:
        return TICKS.map(lambda ticks: struct.pack("<I", ticks))
    if descriptor.dtype == Dtype.TIMESTAMP:
        return st.builds(lambda days, ticks: struct.pack("<iI", days, ticks), DAYS, TICKS)
    if descriptor.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT):
        return DOUBLES
    if descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY):
        return st.integers(0, 300).map(lambda record_number: struct.pack("<II", 128, record_number))
    return st.binary(min_size=descriptor.length, max_size=descriptor.length)


def varying(text: bytes, length: int | None, room: int) -> bytes:
    """A VARCHAR of up to `room` bytes; its stored length is `length`, or if None the true one."""
    text = text[:room]
    stored_length = len(text) if length is None else length
    return struct.pack("<H", stored_length) + text.ljust(room, b"x")


@st.composite
def images(draw: st.DrawFn, layout: Format) -> bytes:
    """A record image of this format."""
    image = bytearray(layout.length)
    for field_id, descriptor in enumerate(layout.descriptors):
        if descriptor.is_stored:
            image[descriptor.offset : descriptor.offset + descriptor.length] = draw(
                field_bytes(descriptor)
            )[: descriptor.length]
        is_null = draw(st.booleans()) and draw(st.booleans())
        # the first format of an external table has an empty image
        if is_null and image:
            image[field_id >> 3] |= 1 << (field_id & 7)
    return bytes(image)


@EACH_DATABASE
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_values_are_formatted_equally(path: Path, data: st.DataObject) -> None:
    database = open_database(path)
    table = data.draw(st.sampled_from(stored_tables(database)))
    format_number = data.draw(st.sampled_from(sorted(table.formats)))
    layout = database.format(table, format_number)
    items: list[bytes] = []
    room = database.page_size - ods.DATA_SLOTS
    for image in data.draw(st.lists(images(layout), min_size=1, max_size=4)):
        item = record(image, format_number)
        room -= len(item) + 4
        if room >= 0:
            items.append(item)
    assert_equal(database, table, data_page(table.relation, database.page_size, items))


def assert_equal(
    database: Database, table: Table, page: bytes, page_ref: PageRef = (0, 9)
) -> FormattedPage:
    """Both implementations format the page equally; returns their result."""
    expected = format_page(implementation(REFERENCE).rows, database, table, page, page_ref)
    assert format_page(implementation(COMPILED).rows, database, table, page, page_ref) == expected
    return expected


def data_pages(database: Database) -> list[tuple[Table, int, int]]:
    """Table, sequence and page number of every data page of user tables."""
    return [
        (table, sequence, page_number)
        for table in stored_tables(database)
        for sequence, page_number in enumerate(database.data_pages(table, database.damage))
        if page_number
    ]


@EACH_DATABASE
def test_undamaged_pages_are_formatted_equally_and_have_rows(path: Path) -> None:
    database = open_database(path)
    rows = 0
    for table, sequence, page_number in data_pages(database):
        page = database.pages.page(page_number)
        rows += assert_equal(database, table, page, (sequence, page_number)).rows
    assert rows


@st.composite
def corruptions(draw: st.DrawFn, page: bytes) -> bytes:
    """The page with a few bytes changed, most of them in its slots and record headers."""
    corrupt = bytearray(page)
    for _ in range(draw(st.integers(0, 6))):
        limit = draw(st.sampled_from([32, 128, len(page)]))
        offset = draw(st.integers(0, limit - 1))
        if draw(st.booleans()):
            offset = len(page) - 1 - offset
        corrupt[offset] = draw(st.integers(0, 255))
    return bytes(corrupt)


@EACH_DATABASE
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_pages_are_formatted_equally(path: Path, data: st.DataObject) -> None:
    database = open_database(path)
    # every golden database has data pages: sampled_from fails where there are none
    table, sequence, page_number = data.draw(st.sampled_from(data_pages(database)))
    read_page = database.pages.page
    page = data.draw(corruptions(read_page(page_number)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            database.pages,
            "page",
            lambda number: page if number == page_number else read_page(number),
        )
        assert_equal(database, table, page, (sequence, page_number))
