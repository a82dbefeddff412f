"""Header page: counters, flags and clumplets of every layout."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import parse_header
from tests.firebird.database_builder import DatabaseBuilder

VERSIONS = [(10, 0), (10, 1), (11, 2), (12, 0), (13, 1)]


def header_bytes(version: tuple[int, int], **patches: bytes) -> bytes:
    """The first bytes of a database; `at_N` replaces bytes from offset N on."""
    data = bytearray(DatabaseBuilder(version, 4096).build()[:1024])
    for name, content in patches.items():
        offset = int(name.removeprefix("at_"))
        data[offset : offset + len(content)] = content
    return bytes(data)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_the_header_gives_version_and_page_size(version: tuple[int, int]) -> None:
    header = parse_header(header_bytes(version))
    assert header.ods == version
    assert header.page_size == 4096
    assert header.first_pointer_page == 3


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_the_header_gives_the_transaction_counters(version: tuple[int, int]) -> None:
    header = parse_header(header_bytes(version, at_28=pack("<III", 17, 18, 99)))
    assert (header.oldest_interesting, header.next_transaction) == (17, 99)


@pytest.mark.parametrize(("version", "high_offset"), [((12, 0), 124), ((13, 1), 120)], ids=str)
def test_transaction_counters_have_more_than_32_bits_from_ods_12_on(
    version: tuple[int, int], high_offset: int
) -> None:
    data = header_bytes(version, at_28=pack("<III", 17, 18, 99))
    data = data[:high_offset] + pack("<HH", 2, 1) + data[high_offset + 4 :]
    header = parse_header(data)
    assert header.next_transaction == 2 << 32 | 99
    assert header.oldest_interesting == 1 << 32 | 17


@pytest.mark.parametrize(
    ("version", "flag"), [((10, 1), 0x100), ((11, 2), 0x100), ((12, 0), 0x10), ((13, 1), 0x10)]
)
def test_a_flag_gives_the_dialect(version: tuple[int, int], flag: int) -> None:
    assert parse_header(header_bytes(version, at_42=pack("<H", flag))).dialect == 3
    assert parse_header(header_bytes(version, at_42=b"\0\0")).dialect == 1


def test_an_upgraded_file_keeps_its_original_minor() -> None:
    header = parse_header(header_bytes((11, 2), at_64=pack("<H", 0)))
    assert (header.ods, header.ods_original) == ((11, 2), (11, 0))


@pytest.mark.parametrize(("version", "offset"), [((10, 1), 96), ((12, 0), 132), ((13, 1), 128)])
def test_clumplets_name_the_next_file(version: tuple[int, int], offset: int) -> None:
    next_file, last_page = (3, 4) if version[0] < 12 else (2, 3)
    clumplets = bytes([next_file, 5]) + b"b.gdb" + bytes([last_page, 4]) + pack("<I", 7) + b"\0"
    header = parse_header(header_bytes(version, **{f"at_{offset}": clumplets}))
    assert (header.next_file, header.last_page) == ("b.gdb", 7)


def test_a_name_that_is_not_utf8_is_decoded_as_windows_1252() -> None:
    clumplets = bytes([3, 8]) + "ação.gdb".encode("cp1252") + b"\0"
    assert parse_header(header_bytes((10, 1), at_96=clumplets)).next_file == "ação.gdb"


def test_a_clumplet_that_exceeds_the_page_ends_the_list() -> None:
    clumplets = bytes([6, 4]) + pack("<I", 20000) + bytes([3, 255]) * 500
    header = parse_header(header_bytes((10, 1), at_96=clumplets[: 1024 - 96]))
    assert header.clumplets[6] == pack("<I", 20000)


def test_clumplets_full_of_noise_are_parsed() -> None:
    noise = bytes((offset * 37 + 11) % 256 for offset in range(1024 - 96))
    assert parse_header(header_bytes((10, 1), at_96=noise)).ods == (10, 1)


@pytest.mark.parametrize("size", [0, 1, 1000, 4095, 65535])
def test_an_impossible_page_size_is_damage(size: int) -> None:
    with pytest.raises(Damage, match=f"a page size of {size} in the header"):
        parse_header(header_bytes((10, 1), at_16=pack("<H", size)))


@pytest.mark.parametrize("major", [8, 9])
def test_databases_of_interbase_4_and_5_have_the_layout_of_6(major: int) -> None:
    header = parse_header(header_bytes((10, 0), at_18=pack("<H", major)))
    assert (header.ods[0], header.layout_major) == (major, 10)


@pytest.mark.parametrize(
    ("state", "is_locked"), [(0, False), (0x400, True), (0x800, True), (0x200, False)]
)
def test_flags_show_the_lock_of_nbackup(state: int, is_locked: bool) -> None:
    data = header_bytes((12, 0), at_42=pack("<H", state))
    assert parse_header(data).is_locked_by_nbackup is is_locked
    assert not parse_header(header_bytes((10, 1), at_42=pack("<H", state))).is_locked_by_nbackup
