"""Strategies for the images of records, for texts in any character set, and for damaged pages."""

import struct

from hypothesis import strategies as st

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.charsets import AUTO, UTF8, WIN1252
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.page_builder import data_page, record

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


# The options for texts
DECODERS = {
    "default": TextDecoder(WIN1252),
    "auto": TextDecoder(AUTO),
    "utf8": TextDecoder(UTF8),
    "fix": TextDecoder(WIN1252, fix_utf8=WIN1252),
    "both": TextDecoder(UTF8, fix_utf8=51),
    "sjis": TextDecoder(5, fix_utf8=5),
}
OVERRIDES = (AUTO, 3, UTF8, WIN1252, 10, 5)

WORDS = st.sampled_from([b"a", b"plain text of some length", b" ", b",", b'"', b"\n"])
BEYOND_ASCII = st.sampled_from([b"\xe9", b"\xc3\xa9", b"\x81", b"\x93", b"\xe2\x82\xac", b"\xff"])
TEXTS = st.lists(st.one_of(WORDS, BEYOND_ASCII), max_size=12).map(b"".join)


def page_of_texts(database: Database, table: Table, texts: list[bytes]) -> bytes:
    """A page with a row for each text; all text columns of the row hold it."""
    format_number = max(table.formats)
    layout = database.format(table, format_number)
    items = []
    for text in texts:
        image = bytearray(layout.length)
        for stored in layout.descriptors:
            room, start = stored.length, stored.offset
            if stored.dtype == Dtype.TEXT:
                image[start : start + room] = text[:room].ljust(room)
            elif stored.dtype == Dtype.VARYING:
                content = text[: room - 2]
                end = start + 2 + len(content)
                image[start:end] = struct.pack("<H", len(content)) + content
        items.append(record(bytes(image), format_number))
    return data_page(table.relation, database.page_size, items)
