"""Blobs: ids, levels 0 to 2, segments, and the checks of each page."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.records.blobs import BlobId, Blobs, join_segments
from tests.firebird.database_builder import DatabaseBuilder, page_header
from tests.firebird.memory_source import MemorySource

SIZE, LEAD = 1024, 77
STREAM, DAMAGED = 32, 128


def item(data: bytes, length: int, level: int = 0, last: int = 0, flags: int = STREAM) -> bytes:
    """A blob header of ODS 10, followed by `data`; `length` is that of the content."""
    return pack("<IIHHB3xIIHBx", LEAD, last, 0, 16 | flags, level, 1, length, 0, 0) + data


def blob_page(content: bytes, sequence: int, flags: int = 0, lead: int = LEAD) -> bytes:
    head = page_header(PageType.BLOB, 10, 0, flags) + pack("<IIHH", lead, sequence, len(content), 0)
    return (head + content).ljust(SIZE, b"\0")


def blobs(*pages: bytes, major: int = 10) -> Blobs:
    """The blobs of a file with these pages from page 1 on."""
    head = DatabaseBuilder().build()[:SIZE]
    data = head + b"".join(pages) + bytes(16 * SIZE)
    return Blobs(PageFile(MemorySource(data), parse_header(data), DamageLog()), major)


def numbers(*values: int) -> bytes:
    """Page numbers as a blob stores them."""
    return pack(f"<{len(values)}I", *values)


def test_blob_ids() -> None:
    assert BlobId.parse(pack("<II", 128, 300), 10) == BlobId(128, 300)
    assert BlobId.parse(pack("<HBBI", 128, 0, 2, 300), 11) == BlobId(128, 2 << 32 | 300)


def test_a_blob_of_level_0() -> None:
    assert blobs().read(item(b"hello", 5)) == b"hello"
    assert blobs().read(item(b"", 0)) == b""


def test_the_header_of_ods_14() -> None:
    head = pack("<IIHHIQHBB", LEAD, 0, 0, 16 | STREAM, 1, 5, 1, 4, 0)
    assert blobs(major=14).read(head + b"hello") == b"hello"
    pages = blob_page(b"a" * 900, 0), blob_page(b"b" * 100, 1)
    head = pack("<IIHHIQHBB", LEAD, 1, 0, 16 | STREAM, 1, 1000, 1, 4, 1)
    assert blobs(*pages, major=14).read(head + numbers(1, 2)) == b"a" * 900 + b"b" * 100
    too_long = pack("<IIHHIQHBB", LEAD, 0, 0, 16 | STREAM, 1, 5 + (1 << 32), 1, 4, 0) + b"hello"
    with pytest.raises(Damage, match="a blob of 4294967301 bytes has 5"):
        blobs(major=14).read(too_long)


def test_a_blob_of_level_1() -> None:
    pages = blob_page(b"a" * 900, 0), blob_page(b"b" * 100, 1)
    assert blobs(*pages).read(item(numbers(1, 2), 1000, 1, 1)) == b"a" * 900 + b"b" * 100


def test_a_blob_of_level_2() -> None:
    pages = (
        blob_page(numbers(3, 4), 0, flags=1),
        blob_page(numbers(5), 1, flags=1),
        blob_page(b"one ", 0),
        blob_page(b"two ", 1),
        blob_page(b"three", 2),
    )
    assert blobs(*pages).read(item(numbers(1, 2), 13, 2, 2)) == b"one two three"


def test_segments_may_cross_pages() -> None:
    stream = pack("<H", 5) + b"hello" + pack("<H", 0) + pack("<H", 6) + b" world"
    pages = blob_page(stream[:8], 0), blob_page(stream[8:], 1)
    assert blobs(*pages).read(item(numbers(1, 2), 11, 1, 1, flags=0)) == b"hello world"
    assert blobs().read(item(stream, 11, flags=0)) == b"hello world"


@pytest.mark.parametrize(
    "stream", [b"\5\0abc", b"\xff\xff", b"\1", b"\1\0a\7", b"\0\0\1\0", b"\3\0abc\1\0"]
)
def test_segments_that_go_past_the_end_are_damage(stream: bytes) -> None:
    with pytest.raises(Damage, match="a segment of a blob goes past its end"):
        join_segments(stream)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (bytes(27), "a blob header of 27 bytes"),
        (bytes(28), "points to something else"),
        (item(b"", 0, flags=DAMAGED), "the engine marked the blob as damaged"),
        (item(b"", 0, level=3), "a blob of level 3"),
        (item(b"abc", 4), "a blob of 4 bytes has 3"),
        (item(numbers(1), 3, 1, 1), "a blob of 2 pages names 1"),
        (item(numbers(1, 1), 3, 1, 0), "a blob of 1 pages names 2"),
        (item(numbers(1, 1), 6, 1, 1), "page 1 is not page 1 of its blob"),
        (item(numbers(99), 3, 1), "a page of its blob is lost: page 99: lies beyond"),
        (item(numbers(0), 3, 1), "page 0: a blob page is expected here"),
        (item(numbers(2), 3, 1), "page 2 belongs to another blob"),
        (item(numbers(3), 3, 1), "page 3 is not page 0 of its blob"),
        (item(numbers(1), 3, 2), "page 1 does not list the pages of its blob"),
        (item(numbers(3), 3, 2, 0xFFFFFFFF), "a blob of 4294967296 pages in a file of"),
    ],
)
def test_contradictions_are_damage(header: bytes, words: str) -> None:
    pages = (
        blob_page(b"abc", 0),
        blob_page(b"abc", 0, lead=78),
        blob_page(numbers(1), 0, flags=1),
    )
    with pytest.raises(Damage, match=words):
        blobs(*pages).read(header)


def test_one_blob_that_many_records_name_is_read_within_a_budget() -> None:
    reader, header = blobs(blob_page(b"a" * 900, 0)), item(numbers(1), 900, 1)
    budget_pages = 2 * 18  # twice the pages of the file
    contents = [reader.read(header) for _ in range(budget_pages)]
    assert contents == [b"a" * 900] * budget_pages
    with pytest.raises(Damage, match="several records name the same blob"):
        reader.read(header)
