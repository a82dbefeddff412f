"""Golden databases: `tests/data/ENGINE/NAME.fdb.gz` and what the engine that wrote them gave for
`SELECT * FROM table`, `NAME.golden.zip`, with a member `TABLE.csv` each, its name percent-quoted.
`NAME.fbk.gz` is the backup that the engine's own gbak made of the same database.

`TABLE.nocomputed.csv` lacks the computed columns, because the engine itself fails on them.
"""

import csv
import gzip
import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

DATA = Path(__file__).parent.parent / "data"
# Databases and backups of all engines, with golden CSVs; not part of the project
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NO_COMPUTED = ".nocomputed"


def golden_databases() -> list[Path]:
    return sorted(DATA.glob("*/*.fdb.gz"))


def golden_backups() -> list[Path]:
    return sorted(DATA.glob("*/*.fbk.gz"))


def corpus_tables(packed: Path) -> dict[str, bytes]:
    """As `golden_tables`, of a database or backup of the corpus."""
    folder = CORPUS / "golden" / packed.parent.name / packed.name[:-7]
    return {unquote(path.name[:-7]): gzip.decompress(path.read_bytes()) for path in _csvs(folder)}


def _csvs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv.gz"))


def unpack(packed: Path, folder: Path) -> Path:
    database = folder / packed.name.removesuffix(".gz")
    database.write_bytes(gzip.decompress(packed.read_bytes()))
    return database


def golden_tables(packed: Path) -> dict[str, bytes]:
    """Table name (with NO_COMPUTED, perhaps) to the engine's CSV."""
    with zipfile.ZipFile(packed.with_name(f"{packed.name[:-7]}.golden.zip")) as archive:
        return {unquote(name[:-4]): archive.read(name) for name in archive.namelist()}


def exported_tables(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        return {unquote(name[:-4]): archive.read(name) for name in names}


def differences(golden: dict[str, bytes], exported: dict[str, bytes]) -> list[str]:
    """Names of tables that are missing, additional, or not equal byte for byte."""
    wrong = []
    for name, expected in golden.items():
        table = name.removesuffix(NO_COMPUTED)
        actual = exported.get(table)
        if actual is not None and name != table:
            columns = next(csv.reader(io.StringIO(expected.decode(), newline="")))
            expected, actual = _columns(expected, columns), _columns(actual, columns)
        if actual != expected:
            wrong.append(table)
    known = {name.removesuffix(NO_COMPUTED) for name in golden}
    return wrong + sorted(exported.keys() - known)


def _columns(data: bytes, columns: list[str]) -> bytes:
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return repr([[row[column] for column in columns] for row in rows]).encode()
