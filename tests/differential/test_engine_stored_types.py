"""The installed engine converts stored values as the golden CSVs of tests/data/stored_types say."""

import zipfile
from pathlib import Path
from types import ModuleType

from tests.engine import stored_types


def test_the_engine_gives_the_stored_table(engine: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "stored_types.fdb"
    stored_types.create_database(engine, path)
    with zipfile.ZipFile(stored_types.FOLDER / "pairs.golden.zip") as archive:
        expected = {name.removesuffix(".csv"): archive.read(name) for name in archive.namelist()}
    assert stored_types.engine_csvs(engine, path) == expected
