"""Golden databases `tests/data/ENGINE/NAME.fdb.gz`, their CSVs and their backups.

`NAME.golden.zip` has a member `TABLE.csv` for each table, its name percent-encoded, with the result
of `SELECT * FROM table` by the engine that wrote the database. `NAME.fbk.gz` is a backup of the
database by that engine's gbak. `TABLE.nocomputed.csv` lacks the computed columns, on which the
engine fails.
"""

import csv
import gzip
import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

DATA = Path(__file__).parent.parent / "data"
# Databases and backups of all engines with their CSVs; not part of the project
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NO_COMPUTED = ".nocomputed"


def golden_databases() -> list[Path]:
    return sorted(DATA.glob("*/*.fdb.gz"))


def golden_backups() -> list[Path]:
    return sorted(DATA.glob("*/*.fbk.gz"))


def corpus_tables(packed: Path) -> dict[str, bytes]:
    """As `golden_tables`, for a database or backup of the corpus."""
    folder = CORPUS / "golden" / packed.parent.name / packed.name[:-7]
    return {unquote(path.name[:-7]): gzip.decompress(path.read_bytes()) for path in _csvs(folder)}


def _csvs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv.gz"))


def unpack(packed: Path, folder: Path) -> Path:
    """Unpack a database or backup into a folder; returns its path."""
    database = folder / packed.name.removesuffix(".gz")
    database.write_bytes(gzip.decompress(packed.read_bytes()))
    return database


def golden_tables(packed: Path) -> dict[str, bytes]:
    """The engine's CSVs by table name, which may end with NO_COMPUTED."""
    with zipfile.ZipFile(packed.with_name(f"{packed.name[:-7]}.golden.zip")) as archive:
        return {unquote(name[:-4]): archive.read(name) for name in archive.namelist()}


def exported_tables(path: Path) -> dict[str, bytes]:
    """The CSVs of an exported ZIP by table name."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        return {unquote(name[:-4]): archive.read(name) for name in names}


def differences(golden: dict[str, bytes], exported: dict[str, bytes]) -> list[str]:
    """The names of tables that are missing, unexpected or different."""
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
    """These columns of a CSV, in a form to compare."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return repr([[row[column] for column in columns] for row in rows]).encode()
