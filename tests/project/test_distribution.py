"""The source distribution and the wheel: their contents, and an installed wheel at work."""

import gzip
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

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


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git does not ignore: nothing built here gets into a distribution."""
    target = tmp_path_factory.mktemp("checkout")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).is_file() and not name.startswith(("tests/", "terraform/")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((PROJECT / name).read_bytes())
    return target


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("--sdist", checkout, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    [folder] = unpacked.iterdir()
    return build("--wheel", folder, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new virtual environment with the wheel and the packages of the core."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [interpreter, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    core = PROJECT / "requirements" / "core.txt"
    subprocess.run([*pip, "--require-hashes", "--requirement", core], check=True)
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True)
    return interpreter


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
