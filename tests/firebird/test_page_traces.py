"""The page size that the pages themselves tell."""

import pytest

from job.firebird.ods import PAGE_SIZES
from job.firebird.page_traces import page_traces
from tests.firebird.made_database import MadeDatabase, longs


@pytest.mark.parametrize("version", [(10, 1), (11, 2), (12, 0)], ids=str)
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_the_size_of_a_database(version: tuple[int, int], size: int) -> None:
    made = MadeDatabase(version, size)
    made.table("T", [longs(1, 2)])
    traces = page_traces(made.build())
    assert traces == (size, version[0] < 12)


@pytest.mark.parametrize("data", [b"", bytes(100_000), bytes(range(256)) * 400, b"\5" * 70_000])
def test_what_has_no_pages_has_no_size(data: bytes) -> None:
    assert page_traces(data) is None
