"""The source distribution and the wheel: their contents, and an installed wheel at work."""

import fcntl
import gzip
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from gdb_export.version import VERSION

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = PROJECT / "tests" / "data" / "fb15" / "types.fdb.gz"
GOLDEN = PROJECT / "tests" / "data" / "fb15" / "types.golden.zip"

# Modules that an import of the package alone must not load
HEAVY = ("argparse", "dataclasses", "decimal", "google", "isal", "json", "logging", "zoneinfo")

pytestmark = pytest.mark.slow


def build(option: str, source: Path, target: Path) -> Path:
    """Run the build front end and return the file that it writes."""
    command = [sys.executable, "-m", "build", option, "--no-isolation", "--outdir", target, source]
    # setuptools warns of files that the editable installation leaves beside the sources
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    [distribution] = target.iterdir()
    return distribution


class Distributions(NamedTuple):
    """The built files, and the interpreter of a virtual environment with the wheel."""

    sdist: Path
    wheel: Path
    python: Path


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Built once for all test processes: the kernels take half a minute to compile."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "distributions"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            build_all(folder)
            (folder / "complete").touch()
    [sdist], [wheel] = (folder / "sdist").iterdir(), (folder / "wheel").iterdir()
    return Distributions(sdist, wheel, folder / "venv" / "bin" / "python")


def build_all(folder: Path) -> None:
    """Build the source distribution from a copy of the files that git does not ignore, the wheel
    from it, and a virtual environment with the wheel and the packages of the core.

    The wheel's kernels are compiled without optimisation, in less than half of the time.
    """
    for name in ("checkout", "sdist", "unpacked", "wheel"):
        (folder / name).mkdir()
    copy_checkout(folder / "checkout")
    sdist = build("--sdist", folder / "checkout", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    [unpacked] = (folder / "unpacked").iterdir()
    settings = (unpacked / "pyproject.toml").read_text()
    assert '"-O3"' in settings
    (unpacked / "pyproject.toml").write_text(settings.replace('"-O3"', '"-O0"'))
    wheel = build("--wheel", unpacked, folder / "wheel")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    core = PROJECT / "requirements" / "core.txt"
    subprocess.run([*pip, "--require-hashes", "--requirement", core], check=True)
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True)


def copy_checkout(target: Path) -> None:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).is_file() and not name.startswith(("tests/", "terraform/")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((PROJECT / name).read_bytes())


@pytest.fixture(scope="module")
def sdist(distributions: Distributions) -> Path:
    return distributions.sdist


@pytest.fixture(scope="module")
def wheel(distributions: Distributions) -> Path:
    return distributions.wheel


@pytest.fixture(scope="module")
def python(distributions: Distributions) -> Path:
    return distributions.python


def run(python: Path, *arguments: str, folder: Path) -> str:
    """The output of the installed package, outside the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_the_source_distribution_holds_every_source_of_the_package(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    listed = ["git", "ls-files", "gdb_export"]
    names = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    sources = {name for name in names.split() if (PROJECT / name).exists()}
    assert any(name.endswith(".pyx") for name in sources)
    assert any(name.endswith(".pxd") for name in sources)
    assert sources - members == set()
    assert {"LICENSE", "README.md", "CHANGELOG.md"} <= members
    assert [name for name in members if name.endswith((".c", ".cpp", ".so"))] == []


def test_the_wheel_has_one_top_level_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top_level_names = {name.partition("/")[0] for name in names}
    assert top_level_names == {"gdb_export", f"gdb_export-{VERSION}.dist-info"}
    assert "gdb_export/py.typed" in names
    assert f"gdb_export-{VERSION}.dist-info/licenses/LICENSE" in names


def test_an_installed_wheel_exports_a_golden_database(python: Path, tmp_path: Path) -> None:
    (tmp_path / "BACKUP.GDB").write_bytes(gzip.decompress(DATABASE.read_bytes()))
    assert run(python, "-m", "gdb_export", "--version", folder=tmp_path) == (
        f"gdb-export {VERSION} (compiled)\n"
    )
    run(python, "-m", "gdb_export", "export", "BACKUP.GDB", folder=tmp_path)
    with zipfile.ZipFile(tmp_path / "BACKUP.zip") as exported, zipfile.ZipFile(GOLDEN) as golden:
        tables = [name for name in golden.namelist() if name.endswith(".csv")]
        assert tables
        for name in tables:
            assert exported.read(name) == golden.read(name), name


def test_the_installed_command_runs(python: Path, tmp_path: Path) -> None:
    command = str(python.with_name("gdb-export"))
    output = subprocess.run([command, "--version"], check=True, capture_output=True).stdout
    assert output.decode() == f"gdb-export {VERSION} (compiled)\n"


def test_an_import_of_the_package_loads_nothing_heavy(python: Path, tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import gdb_export;"
        " loaded = sorted(set(sys.modules) - before); import json; print(json.dumps(loaded))"
    )
    loaded = json.loads(run(python, "-c", code, folder=tmp_path))
    assert "gdb_export" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []


def test_the_library_opens_a_database(python: Path, tmp_path: Path) -> None:
    (tmp_path / "BACKUP.GDB").write_bytes(gzip.decompress(DATABASE.read_bytes()))
    code = "import gdb_export\nwith gdb_export.open('BACKUP.GDB') as db: print(db.format_label)"
    assert run(python, "-c", code, folder=tmp_path) == "10.1\n"
