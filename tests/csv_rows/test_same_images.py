"""Whole backups, undamaged and damaged: both implementations write the same ZIP."""

import gzip
import random
from pathlib import Path

import pytest

from gdb_export.chunks import backup_chunks
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.export.golden import golden_backups

BATCHES = (1, 3000, backup_chunks._BATCH_BYTES)


@pytest.mark.parametrize(
    "packed", golden_backups(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
@pytest.mark.parametrize("damaged_bytes", [0, 5])
def test_both_implementations_write_the_same_zip(
    packed: Path, damaged_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(gzip.decompress(packed.read_bytes()))
    generator = random.Random(packed.name)
    for _ in range(damaged_bytes):
        data[generator.randrange(len(data) // 2, len(data))] ^= 0x40
    expected = exported_zip(bytes(data), implementation(REFERENCE))
    for batch_bytes in BATCHES:
        monkeypatch.setattr(backup_chunks, "_BATCH_BYTES", batch_bytes)
        assert exported_zip(bytes(data), implementation(COMPILED)) == expected
