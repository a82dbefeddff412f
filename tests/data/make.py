"""Rebuilds the golden databases of the installed engine, Firebird 5: `make golden`.

Each tests/data/fb50/NAME.sql gives NAME.fdb.gz and NAME.golden.zip, which holds the rows of each
table as the engine reads them, as TABLE.csv. The first line of a script sets the options of the
database: `-- page_size=4096 dialect=3`.
A database whose CSVs did not change is not replaced, because its bytes differ in every build.
"""

import gzip
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import quote

from tests.engine import create, export_csvs, run_script

SCRIPTS = Path(__file__).parent / "fb50"


def options(script: str) -> dict[str, str | int]:
    """Read page_size, dialect and charset from the first line."""
    pairs = re.findall(r"(\w+)=(\w+)", script.splitlines()[0])
    return {name: int(value) if value.isdigit() else value for name, value in pairs}


def build(script: Path, database: Path) -> dict[str, bytes]:
    """Create the database of a script; return the CSVs of its tables by file name."""
    text = script.read_text(encoding="utf-8")
    with create(database, **options(text)) as connection:  # type: ignore[arg-type]
        run_script(connection, text)
    copy = database.with_suffix(".copy")
    shutil.copyfile(database, copy)
    return {quote(table, safe="") + ".csv": csv for table, csv in export_csvs(copy).items()}


def store(script: Path, database: Path, csvs: dict[str, bytes]) -> bool:
    """Store database and CSVs next to the script; return False if the CSVs are unchanged."""
    golden = script.with_suffix(".golden.zip")
    packed = script.with_suffix(".fdb.gz")
    if packed.exists() and golden.exists() and stored_csvs(golden) == csvs:
        return False
    with zipfile.ZipFile(golden, "w") as archive:
        for name, csv in sorted(csvs.items()):
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, csv)
    packed.write_bytes(gzip.compress(database.read_bytes(), mtime=0))
    return True


def stored_csvs(golden: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(golden) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def main() -> int:
    for script in sorted(SCRIPTS.glob("*.sql")):
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "golden.fdb"
            is_new = store(script, database, build(script, database))
        print(f"{script.stem}: {'rebuilt' if is_new else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
