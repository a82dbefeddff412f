"""Whole databases: both implementations write the same ZIP, with any number of workers."""

import gzip
from pathlib import Path

import pytest

from gdb_export.chunks import sizes
from gdb_export.firebird.core.errors import FirebirdError
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.export.golden import golden_databases

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def databases() -> list[Path]:
    """The golden databases, and other ones of a collection if it is beside the repository."""
    golden = golden_databases()
    known = {content_identity(path) for path in golden}
    collection = sorted(set(CORPUS.rglob("*.fdb.gz")) - set(bad_databases()))
    return golden + [path for path in collection if content_identity(path) not in known]


def content_identity(packed: Path) -> bytes:
    """The end of a gzip file: CRC-32 and size of the content."""
    return packed.read_bytes()[-8:]


def bad_databases() -> list[Path]:
    """Damaged databases of the collection; some of them are refused."""
    return sorted((CORPUS / "bad").rglob("*.fdb.gz"))


@pytest.mark.parametrize("packed", databases(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_implementations_write_the_same_zip(packed: Path) -> None:
    data = gzip.decompress(packed.read_bytes())
    expected = exported_zip(data, implementation(REFERENCE), workers=1)
    assert exported_zip(data, implementation(COMPILED), workers=3) == expected


@pytest.mark.parametrize("packed", bad_databases(), ids=lambda path: path.stem)
def test_both_implementations_read_or_refuse_a_damaged_database(packed: Path) -> None:
    data = gzip.decompress(packed.read_bytes())

    def outcome(name: str) -> bytes | tuple[type, str]:
        try:
            return exported_zip(data, implementation(name))
        except FirebirdError as error:
            return type(error), str(error)

    assert outcome(COMPILED) == outcome(REFERENCE)


def databases_with_blobs() -> list[Path]:
    return [path for path in golden_databases() if "blob" in path.name or "text" in path.name]


@pytest.mark.parametrize(
    "packed", databases_with_blobs(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_blobs_on_pages_after_their_chunk_are_formatted_equally(
    packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "CHUNK_BYTES", 1)  # each page is a chunk
    test_both_implementations_write_the_same_zip(packed)
