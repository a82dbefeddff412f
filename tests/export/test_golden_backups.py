"""Backups give the CSVs of their databases, byte for byte.

There is one exception, made by gbak: it converts rows from before the last change of their table by
the rules of dialect 1. Where a TIMESTAMP became a VARCHAR, the backup contains
`23-JAN-2020 5:06:07.0000`, and so does a database restored from it. Table E2 of `evolve` has such
a column.
"""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from tests.export.golden import (
    CORPUS,
    corpus_tables,
    differences,
    exported_tables,
    golden_backups,
    golden_tables,
    unpack,
)

CONVERTED_BY_GBAK = {"evolve": ["E2"]}


def name_of(packed: Path) -> str:
    return f"{packed.parent.name}-{packed.name[:-7]}"


def exported(packed: Path, folder: Path) -> dict[str, bytes]:
    zipped = folder / "out.zip"
    assert main(["export", str(unpack(packed, folder)), str(zipped)]) == 0
    return exported_tables(zipped)


def fields(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize("packed", golden_backups(), ids=name_of)
def test_every_table_is_that_of_the_engine(packed: Path, tmp_path: Path) -> None:
    wrong = differences(golden_tables(packed), exported(packed, tmp_path))
    assert wrong == CONVERTED_BY_GBAK.get(packed.name[:-7], [])


@pytest.mark.parametrize(
    "packed", [path for path in golden_backups() if path.name.startswith("evolve")], ids=name_of
)
def test_gbak_converted_old_timestamps_by_the_rules_of_dialect_1(
    packed: Path, tmp_path: Path
) -> None:
    expected = fields(golden_tables(packed)["E2"])
    actual = fields(exported(packed, tmp_path)["E2"])
    assert len(expected) == len(actual)
    different = [
        (engine_text, backup_text)
        for engine_row, backup_row in zip(expected, actual, strict=True)
        for engine_text, backup_text in zip(engine_row, backup_row, strict=True)
        if engine_text != backup_text
    ]
    assert different
    for engine_text, backup_text in different:
        timestamp = datetime.strptime(backup_text, "%d-%b-%Y %H:%M:%S.%f")
        assert engine_text == f"{timestamp:%Y-%m-%d %H:%M:%S}.0000"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not installed")
@pytest.mark.parametrize("packed", sorted(CORPUS.glob("fb*/*.fbk.gz")), ids=name_of)
def test_backups_of_every_engine(packed: Path, tmp_path: Path) -> None:
    wrong = differences(corpus_tables(packed), exported(packed, tmp_path))
    assert wrong == CONVERTED_BY_GBAK.get(packed.name[:-7], [])
