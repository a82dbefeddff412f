"""Whole databases of real engines: the ZIP holds what the engine gave, byte for byte."""

from pathlib import Path

import pytest

from job.command_line import main
from tests.export.golden import (
    differences,
    exported_tables,
    golden_databases,
    golden_tables,
    unpack,
)


@pytest.mark.parametrize(
    "packed", golden_databases(), ids=lambda path: f"{path.parent.name}-{path.name[:-7]}"
)
def test_every_table_is_what_the_engine_gives(packed: Path, tmp_path: Path) -> None:
    database = unpack(packed, tmp_path)
    zipped = tmp_path / "out.zip"
    assert main(["export", str(database), str(zipped)]) == 0
    wrong = differences(golden_tables(packed), exported_tables(zipped))
    assert wrong == []
