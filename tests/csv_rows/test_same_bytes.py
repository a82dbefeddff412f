"""Whole databases: the same ZIP from either twin, whatever the number of workers."""

from pathlib import Path

import pytest

from gdb_export.chunks import chunks, page_chunks
from gdb_export.cli.command_line import main
from gdb_export.csv_rows.reference import ReferenceRows
from tests.csv_rows.implementations import twin
from tests.export.golden import golden_databases, unpack

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def databases() -> list[Path]:
    """Those of this repository, and a larger collection where it lies beside it."""
    return golden_databases() + sorted(CORPUS.rglob("*.fdb.gz"))


@pytest.mark.parametrize("packed", databases(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_twins_write_the_same_zip(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = unpack(packed, tmp_path)

    def exported(rows: type[ReferenceRows], workers: int) -> tuple[int, bytes]:
        monkeypatch.setattr(page_chunks, "table_rows", rows)
        zipped = tmp_path / f"{rows.__name__}{workers}.zip"
        code = main(["export", str(database), str(zipped), "--workers", str(workers)])
        return code, zipped.read_bytes() if zipped.exists() else b""

    expected = exported(twin("plain"), 1)
    assert exported(twin("fast"), 3) == expected


def with_blobs() -> list[Path]:
    return [path for path in golden_databases() if "blob" in path.name or "text" in path.name]


@pytest.mark.parametrize("packed", with_blobs(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_blobs_behind_a_chunk_are_written_alike(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)  # a page is a chunk
    test_both_twins_write_the_same_zip(packed, tmp_path, monkeypatch)
