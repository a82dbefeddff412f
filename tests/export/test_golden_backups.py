"""Backups give the CSVs of the databases they were made from, byte for byte.

The exception is gbak's: it converts rows that are older than their table's last change as dialect
1 does, so where a TIMESTAMP became a VARCHAR the backup itself holds `23-JAN-2020 5:06:07.0000`,
and a database that is restored from it gives the same. Table E2 of `evolve` has such a column.
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
def test_every_table_is_what_the_engine_gives_of_the_database(packed: Path, tmp_path: Path) -> None:
    wrong = differences(golden_tables(packed), exported(packed, tmp_path))
    assert wrong == CONVERTED_BY_GBAK.get(packed.name[:-7], [])


@pytest.mark.parametrize(
    "packed", [one for one in golden_backups() if one.name.startswith("evolve")], ids=name_of
)
def test_gbak_itself_wrote_old_timestamps_as_dialect_1_does(packed: Path, tmp_path: Path) -> None:
    expected = fields(golden_tables(packed)["E2"])
    actual = fields(exported(packed, tmp_path)["E2"])
    assert len(expected) == len(actual)
    different = [
        (left, right)
        for row, other in zip(expected, actual, strict=True)
        for left, right in zip(row, other, strict=True)
        if left != right
    ]
    assert different
    for of_engine, of_backup in different:
        moment = datetime.strptime(of_backup, "%d-%b-%Y %H:%M:%S.%f")
        assert of_engine == f"{moment:%Y-%m-%d %H:%M:%S}.0000"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
@pytest.mark.parametrize("packed", sorted(CORPUS.glob("fb*/*.fbk.gz")), ids=name_of)
def test_backups_of_every_engine(packed: Path, tmp_path: Path) -> None:
    wrong = differences(corpus_tables(packed), exported(packed, tmp_path))
    assert wrong == CONVERTED_BY_GBAK.get(packed.name[:-7], [])
