"""A wrong page size in the header: the true one is the distance between pages."""

import pytest

from gdb_export.firebird.core.errors import UnreadableDatabase
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import patched, zeroed
from tests.hostile.undamaged import undamaged


@pytest.mark.parametrize("name", ["fb15/evolve", "fb50/updates_and_deletions"])
@pytest.mark.parametrize("size", [0, 1, 1000, 1024, 2048, 8192, 16384, 32768, 65535])
def test_the_true_size_is_found(name: str, size: int) -> None:
    data = database_bytes(name)
    result = export_in_memory(patched(data, 0, 16, size.to_bytes(2, "little")))
    assert result.rows == undamaged(name).rows
    assert result.reasons == [f"a page size of {size} in the header; its pages have 4096 bytes"]


@pytest.mark.parametrize("name", ["fb15/evolve", "fb50/updates_and_deletions"])
@pytest.mark.parametrize("size", [1000, 2048, 8192])
def test_the_true_size_is_found_without_the_pages_at_fixed_numbers(name: str, size: int) -> None:
    data = zeroed(patched(database_bytes(name), 0, 16, size.to_bytes(2, "little")), 1, 3)
    result = export_in_memory(data)
    assert result.rows == undamaged(name).rows


def test_the_size_of_32768_is_found() -> None:
    data = database_bytes("fb50/page_size_32768")
    result = export_in_memory(data[:16] + b"\0\x10" + data[18:])
    assert result.rows == undamaged("fb50/page_size_32768").rows


def test_noise_instead_of_pages_is_refused() -> None:
    header = database_bytes("fb15/evolve")[:4096]
    noise = bytes((index * index * 31 + index * 7 + 5) % 253 for index in range(40960))
    with pytest.raises(UnreadableDatabase, match="page size"):
        export_in_memory(header[:16] + b"\1\0" + header[18:] + noise)
