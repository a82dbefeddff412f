"""Databases of real engines: the CSVs are those of the engine, byte for byte."""

from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from tests.export.golden import (
    CORPUS,
    corpus_tables,
    differences,
    exported_tables,
    golden_databases,
    golden_tables,
    unpack,
)


def name_of(packed: Path) -> str:
    return f"{packed.parent.name}-{packed.name.split('.')[0]}"


def exported(packed: Path, tmp_path: Path) -> dict[str, bytes]:
    zipped = tmp_path / "out.zip"
    assert main(["export", str(unpack(packed, tmp_path)), str(zipped)]) == 0
    return exported_tables(zipped)


@pytest.mark.parametrize("packed", golden_databases(), ids=name_of)
def test_every_table_is_that_of_the_engine(packed: Path, tmp_path: Path) -> None:
    assert differences(golden_tables(packed), exported(packed, tmp_path)) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not installed")
@pytest.mark.parametrize("packed", sorted(CORPUS.glob("fb*/*.fdb.gz")), ids=name_of)
def test_databases_of_every_engine(packed: Path, tmp_path: Path) -> None:
    assert differences(corpus_tables(packed), exported(packed, tmp_path)) == []
