"""Whole backups, whole and damaged: the same ZIP from either twin."""

import gzip
import random
from pathlib import Path

import pytest

from gdb_export.chunks import backup_chunks
from gdb_export.cli.command_line import main
from gdb_export.csv_rows.reference_images import ReferenceImages
from gdb_export.firebird.gbak import backup_row_batch
from tests.csv_rows.implementations import images_twin
from tests.export.golden import golden_backups

BATCHES = (1, 3000, backup_chunks._BATCH_BYTES)


@pytest.mark.parametrize(
    "packed", golden_backups(), ids=lambda one: f"{one.parent.name}-{one.stem}"
)
@pytest.mark.parametrize("damages", [0, 5])
def test_both_twins_write_the_same_zip(
    packed: Path, damages: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(gzip.decompress(packed.read_bytes()))
    chance = random.Random(packed.name)
    for _ in range(damages):
        data[chance.randrange(len(data) // 2, len(data))] ^= 0x40
    backup = tmp_path / "made.fbk"
    backup.write_bytes(data)

    def exported(rows: type[ReferenceImages], batch: int) -> bytes:
        monkeypatch.setattr(backup_chunks, "table_images", rows)
        monkeypatch.setattr(backup_row_batch, "is_wanted", rows is not ReferenceImages)
        monkeypatch.setattr(backup_chunks, "_BATCH_BYTES", batch)
        zipped = tmp_path / f"{rows.__name__}{batch}.zip"
        assert main(["export", str(backup), str(zipped), "--workers", "1"]) == 0
        return zipped.read_bytes()

    expected = exported(images_twin("plain"), BATCHES[-1])
    for batch in BATCHES:
        assert exported(images_twin("fast"), batch) == expected
