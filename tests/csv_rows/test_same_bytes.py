"""Whole databases: both implementations write the same ZIP, with any number of workers."""

import gzip
from pathlib import Path

import pytest

from gdb_export.chunks import sizes
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.export.golden import golden_databases

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def databases() -> list[Path]:
    """The golden databases, and those of a larger collection if it is beside the repository."""
    return golden_databases() + sorted(CORPUS.rglob("*.fdb.gz"))


@pytest.mark.parametrize("packed", databases(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_implementations_write_the_same_zip(packed: Path) -> None:
    data = gzip.decompress(packed.read_bytes())
    expected = exported_zip(data, implementation(REFERENCE), workers=1)
    assert exported_zip(data, implementation(COMPILED), workers=3) == expected


def with_blobs() -> list[Path]:
    return [path for path in golden_databases() if "blob" in path.name or "text" in path.name]


@pytest.mark.parametrize("packed", with_blobs(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_blobs_on_pages_after_their_chunk_are_formatted_equally(
    packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "CHUNK_BYTES", 1)  # each page is a chunk
    test_both_implementations_write_the_same_zip(packed)
