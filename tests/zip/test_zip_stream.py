"""Sequentially written ZIPs, as other programs read them."""

import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gdb_export.zip.zip_stream import (
    LIMIT_32,
    Member,
    ZipStream,
    ZipTooLarge,
    central_directory,
    data_descriptor,
    dos_time,
    local_header,
)

MOMENT = datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)
READERS = {
    "unzip": ["unzip", "-tqq"],
    "7z": ["7z", "t", "-bso0"],
    "bsdtar": ["bsdtar", "-tf"],
    "python": ["python3", "-m", "zipfile", "-t"],
}


def deflated(content: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(content) + compressor.flush()


def writer(out: io.BytesIO) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        out.write(data)

    return write


def written(members: Iterable[tuple[str, bytes]], is_large: bool = False) -> bytes:
    """The bytes of a ZIP; `is_large` announces members beyond 4 GiB."""
    out = io.BytesIO()
    archive = ZipStream(writer(out), MOMENT)
    for name, content in members:
        archive.begin(name, is_large)
        compressed = deflated(content)
        archive.write(compressed[:3])
        archive.write(compressed[3:])
        archive.end(zlib.crc32(content), len(content))
    archive.close()
    assert archive.offset == len(out.getvalue())
    return out.getvalue()


MEMBERS = [("A.csv", b"X\n1\n"), ("vazia.csv", b""), ("ação €.csv", b"\xff\0" * 100_000)]


@pytest.mark.parametrize("is_large", [False, True])
def test_members_are_read_back(is_large: bool) -> None:
    with zipfile.ZipFile(io.BytesIO(written(MEMBERS, is_large))) as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name)) for name in archive.namelist()] == MEMBERS
        assert {info.date_time for info in archive.infolist()} == {(2024, 5, 6, 7, 8, 10)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        assert all(info.flag_bits & 0x800 for info in archive.infolist())


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("reader", READERS)
def test_other_programs_read_the_zip(reader: str, is_large: bool, tmp_path: Path) -> None:
    command = READERS[reader]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    path = tmp_path / "out.zip"
    path.write_bytes(written(MEMBERS, is_large))
    checked = subprocess.run([*command, path], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_zip_without_members() -> None:
    with zipfile.ZipFile(io.BytesIO(written([]))) as archive:
        assert archive.namelist() == []


def test_the_same_members_are_the_same_bytes() -> None:
    assert written(MEMBERS) == written(MEMBERS)


def test_more_than_65535_members() -> None:
    names = [f"{number}.csv" for number in range(65_537)]
    data = written((name, b"") for name in names)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == names
        assert archive.read("65536.csv") == b""


def test_a_member_beyond_4_gib_has_a_descriptor_of_8_byte_sizes() -> None:
    large = Member(b"a", True, 0, 1, 5 << 30, 9 << 30)
    assert data_descriptor(large) == struct.pack("<IIQQ", 0x08074B50, 1, 5 << 30, 9 << 30)
    assert len(local_header(b"a", True, 0, 0)) == 30 + 1 + 20


def test_a_member_too_large_for_its_header_is_refused() -> None:
    with pytest.raises(ZipTooLarge, match=r"BIG\.csv has 4294967295 bytes"):
        data_descriptor(Member(b"BIG.csv", False, 0, 0, 1, LIMIT_32))


def test_sizes_and_offsets_beyond_4_gib_are_read_back_from_the_directory(
    tmp_path: Path,
) -> None:
    """A sparse file replaces 15 GiB of members."""
    members = [
        Member(b"first.csv", True, 0, 7, 5 << 30, 50 << 30),
        Member(b"second.csv", False, 5 << 30, 8, 100, 1000),
        Member(b"third.csv", True, 6 << 30, 9, 100, 4 << 30),
    ]
    directory = central_directory(members, 15 << 30, *dos_time(MOMENT))
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        file.seek(15 << 30)
        file.write(directory)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    assert [
        (info.filename, info.header_offset, info.compress_size, info.file_size) for info in infos
    ] == [(member.name.decode(), member.offset, member.packed, member.size) for member in members]


def test_a_zip_that_continues_earlier_members() -> None:
    first = written(MEMBERS[:1])
    without_directory = first[: first.index(b"PK\x01\x02")]
    members = [Member(b"A.csv", False, 0, zlib.crc32(b"X\n1\n"), len(deflated(b"X\n1\n")), 4)]
    out = io.BytesIO(without_directory)
    out.seek(0, io.SEEK_END)
    archive = ZipStream(writer(out), MOMENT, members, len(without_directory))
    archive.begin("B.csv", False)
    archive.write(deflated(b"Y\n"))
    archive.end(zlib.crc32(b"Y\n"), 2)
    archive.close()
    assert out.getvalue() == written([MEMBERS[0], ("B.csv", b"Y\n")])


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), (0, 1 << 5 | 1)),
        (datetime(1980, 1, 1, tzinfo=UTC), (0, 1 << 5 | 1)),
        (datetime(2200, 12, 31, tzinfo=UTC), (0, 127 << 9 | 12 << 5 | 31)),
        (
            datetime(2024, 5, 6, 9, 8, 11, tzinfo=timezone(timedelta(hours=2))),
            (7 << 11 | 8 << 5 | 5, 44 << 9 | 5 << 5 | 6),
        ),
    ],
)
def test_dos_times_are_in_utc_within_1980_to_2107(
    moment: datetime, expected: tuple[int, int]
) -> None:
    assert dos_time(moment) == expected
