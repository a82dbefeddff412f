"""The page-size probe finds page size and checksums."""

import pytest

from gdb_export.firebird.core.ods import PAGE_SIZES
from gdb_export.firebird.recovery.page_size_probe import probe_page_size
from tests.firebird.database_builder import DatabaseBuilder, integer_row


@pytest.mark.parametrize("version", [(10, 1), (11, 2), (12, 0)], ids=str)
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_the_page_size_of_a_database_is_found(version: tuple[int, int], size: int) -> None:
    builder = DatabaseBuilder(version, size)
    builder.table("T", [integer_row(1, 2)])
    assert probe_page_size(builder.build()) == (size, version[0] < 12)


@pytest.mark.parametrize("data", [b"", bytes(100_000), bytes(range(256)) * 400, b"\5" * 70_000])
def test_data_without_page_headers_have_no_page_size(data: bytes) -> None:
    assert probe_page_size(data) is None
