"""The databases of the benchmarks, and the CSVs of their exports."""

import hashlib
import json
import lzma
import shutil
import zipfile
from pathlib import Path

from benchmarks.databases import generate

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "benchmarks"
BIG = ROOT.parent / "shared" / "big"
MB = 1_000_000

# A database of ten times the size of the others: memory and `inspect` must not grow with the file
HUGE = "huge"
PROFILES = {
    "big": "wide rows, ODS 10.1",
    "wide": "wide mixed rows",
    "narrow": "narrow rows",
    "notes": "text blobs",
    "many": "2,000 tables of 1,000 rows",
    "pictures": "a blob of 2 MB per row",
    "columns": "30,000 columns",
    "small": "a small database",
    HUGE: "wide mixed rows",
}


def database(profile: str, size: float) -> Path | None:
    """The database of a profile, generated if it is missing; None if it is not available."""
    kind = "wide" if profile == HUGE else profile
    size = 10 * size if profile == HUGE else size
    path = WORK / f"{kind}-{size:g}.fdb"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    if profile == "big":
        packed = BIG / "fb15_300mb.gdb.xz"
        if not packed.exists():
            return None
        with lzma.open(packed) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, MB)
    else:
        generate(kind, size, part)
    return part.rename(path)


def described(profile: str, path: Path) -> str:
    """A database as the results name it: its profile and its size."""
    return f"{PROFILES[profile]}, {path.stat().st_size / MB:,.0f} MB"


def csv_of(zipped: Path, target: Path) -> None:
    """Concatenate the CSVs of a ZIP into one file."""
    with zipfile.ZipFile(zipped) as archive, target.open("wb") as file:
        for name in csv_names(archive):
            with archive.open(name) as member:
                shutil.copyfileobj(member, file, MB)


def csv_names(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.endswith(".csv")]


def check_golden(zipped: Path) -> None:
    """Exit unless the CSVs of the big database are those of the engine that wrote it."""
    golden = json.loads((BIG / "hashes.json").read_text())["tables"]
    with zipfile.ZipFile(zipped) as archive:
        for name in csv_names(archive):
            with archive.open(name) as member:
                digest = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
            if digest != golden[name.removesuffix(".csv")]["sha256"]:
                raise SystemExit(f"{name} differs from the CSV of the engine")
