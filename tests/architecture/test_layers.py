"""The layers of the project: which folder (room) imports which, and how many files it holds."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILES = 16

# All rooms of the package from the lowest to the highest, each with exactly the rooms that it
# imports. "" is for the modules of gdb_export/ itself, "entry" for its __init__ and __main__.
ROOMS: dict[str, set[str]] = {
    "contract": set(),
    "": {"contract"},
    "zip": set(),
    "firebird.core": set(),
    "firebird.pages": {"firebird.core"},
    "firebird.records": {"firebird.core", "firebird.pages"},
    "csv_rows.kernel": {"firebird.core", "firebird.pages", "firebird.records"},
    "firebird.values": {"firebird.core", "firebird.records"},
    "firebird.catalogue": {
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "firebird.values",
    },
    "firebird.conversions": {"firebird.core", "firebird.records", "firebird.values"},
    "firebird.computed.blr": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
    },
    "firebird.computed.texts": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
        "firebird.computed.blr",
    },
    "firebird.computed.conditions": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
        "firebird.computed.blr",
        "firebird.computed.texts",
    },
    "firebird.computed.dates": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
        "firebird.computed.blr",
        "firebird.computed.texts",
    },
    "firebird.computed.numbers": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
        "firebird.computed.blr",
        "firebird.computed.conditions",
        "firebird.computed.dates",
    },
    "firebird.computed.subselects": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.conversions",
        "firebird.computed.blr",
        "firebird.computed.texts",
        "firebird.computed.conditions",
        "firebird.computed.numbers",
    },
    "firebird.computed": {
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.catalogue",
        "firebird.computed.blr",
        "firebird.computed.texts",
        "firebird.computed.conditions",
        "firebird.computed.dates",
        "firebird.computed.numbers",
        "firebird.computed.subselects",
    },
    "firebird.definitions": {"firebird.core", "firebird.values", "firebird.catalogue"},
    "firebird.gbak.stream": {"firebird.core", "firebird.records"},
    "firebird.gbak": {
        "firebird.gbak.stream",
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "firebird.values",
        "firebird.catalogue",
    },
    "firebird.recovery": {
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "firebird.catalogue",
    },
    "firebird.table_pages": {
        "firebird.core",
        "firebird.pages",
        "firebird.catalogue",
        "firebird.recovery",
    },
    "firebird": {
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "firebird.values",
        "firebird.catalogue",
        "firebird.conversions",
        "firebird.computed.blr",
        "firebird.computed",
        "firebird.recovery",
        "firebird.table_pages",
    },
    "firebird.indices": {"firebird.core", "firebird.pages", "firebird.records", "firebird"},
    "csv_rows": {
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "csv_rows.kernel",
        "firebird.values",
        "firebird.catalogue",
        "firebird.table_pages",
        "firebird",
    },
    "chunks": {
        "",
        "zip",
        "firebird.core",
        "firebird.pages",
        "firebird.records",
        "firebird.values",
        "firebird.catalogue",
        "firebird.gbak",
        "firebird.gbak.stream",
        "firebird.table_pages",
        "firebird",
        "csv_rows",
    },
    "arrow.kernel": {"csv_rows.kernel", "firebird.pages"},
    "arrow": {
        "arrow.kernel",
        "firebird.definitions",
        "firebird.table_pages",
        "firebird.gbak",
        "firebird.core",
        "firebird.records",
        "firebird.values",
        "firebird.catalogue",
        "firebird",
        "csv_rows",
        "chunks",
    },
    "bigquery": {"contract"},
    "schema_sql": {
        "firebird.core",
        "firebird.values",
        "firebird.catalogue",
        "firebird.definitions",
    },
    "ddl": {"schema_sql", "bigquery"},
    "export": {
        "schema_sql",
        "",
        "zip",
        "bigquery",
        "firebird.core",
        "firebird.values",
        "firebird.catalogue",
        "firebird.definitions",
        "firebird.gbak",
        "csv_rows",
        "chunks",
    },
    "parquet": {
        "",
        "zip",
        "firebird.core",
        "firebird.catalogue",
        "firebird.definitions",
        "firebird.values",
        "csv_rows",
        "chunks",
        "arrow",
        "export",
    },
    "bigquery.schemas": {"bigquery"},
    "bigquery.zipped": {"zip", "ddl", "bigquery"},
    "bigquery.load": {"contract", "", "zip", "csv_rows", "bigquery", "bigquery.schemas"},
    "files": {"zip", "export"},
    "gcs": {"contract", "", "zip", "firebird.core", "export"},
    "gcs.exports": {"contract", "", "zip", "firebird.core", "chunks", "export", "parquet", "gcs"},
    "library": {
        "",
        "firebird.core",
        "firebird.values",
        "firebird.catalogue",
        "firebird.definitions",
        "firebird",
        "csv_rows",
        "chunks",
        "arrow",
        "export",
        "parquet",
        "bigquery",
        "bigquery.load",
        "bigquery.zipped",
        "files",
        "gcs",
        "gcs.exports",
        "zip",
    },
    "cli.packages": {
        "",
        "zip",
        "ddl",
        "schema_sql",
        "firebird.core",
        "firebird.catalogue",
        "firebird.definitions",
        "csv_rows",
        "chunks",
        "export",
        "files",
        "library",
    },
    "cli": {
        "bigquery",
        "bigquery.load",
        "contract",
        "",
        "cli.packages",
        "firebird.definitions",
        "firebird.core",
        "firebird.catalogue",
        "firebird",
        "firebird.indices",
        "csv_rows",
        "chunks",
        "export",
        "files",
        "library",
    },
    "entry": {"", "firebird.core", "export", "library", "cli"},
}
# Deployables, which are not part of the library, with the packages that they import
DEPLOYABLES = {
    "functions": ("functions", "gdb_export.contract"),
    "job": ("job", "gdb_export"),
}
# Packages outside the standard library that a room may import
FOREIGN: dict[str, tuple[str, ...]] = {
    "gcs": ("google",),
    "bigquery.schemas": ("google", "pyarrow"),
    "bigquery.zipped": ("pyarrow",),
    "bigquery.load": ("google", "pyarrow", "requests"),
    "library": ("google", "pyarrow"),
    "parquet": ("pyarrow",),
    "arrow": ("pyarrow", "libc", "cython", "cpython"),
    "cli": ("google",),
    "zip": ("isal",),
    "job": ("google",),
    "functions": ("google", "functions_framework", "cloudevents", "flask", "werkzeug"),
    "csv_rows": ("libc", "cython", "cpython"),
    "csv_rows.kernel": ("libc", "cython", "cpython"),
    "firebird": ("libc", "cython", "cpython"),
}


@cache
def modules(folder: str) -> dict[str, Path]:
    """Files of a folder and its subfolders by module name."""
    paths = {}
    for path in sorted((ROOT / folder).rglob("*.p*")):
        if path.suffix in (".py", ".pyx", ".pxd"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            paths[f"{name}{path.suffix.removeprefix('.py')}"] = path
    assert paths, f"{folder} holds no module, so this test would check nothing"
    return paths


def imports(path: Path) -> Iterator[str]:
    """Full names of all imports in a file."""
    if path.suffix != ".py":
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        keywords = ("from", "import", "cimport")
        yield from (words[1] for words in lines if words and words[0] in keywords)
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def rooms() -> dict[str, list[Path]]:
    """The files of each room, by the room's name without `gdb_export.`."""
    paths: dict[str, list[Path]] = {}
    for path in modules("gdb_export").values():
        room = ".".join(path.parent.relative_to(ROOT / "gdb_export").parts)
        is_entry = not room and path.stem in ("__init__", "__main__")
        paths.setdefault("entry" if is_entry else room, []).append(path)
    return paths


def room_of(imported: str) -> str:
    """The room that holds an imported name."""
    parts = imported.split(".")[1:]
    while parts and not (ROOT / "gdb_export").joinpath(*parts).is_dir():
        parts.pop()
    return ".".join(parts)


def is_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def is_foreign(name: str) -> bool:
    """Whether a module is in neither the standard library nor the project."""
    top = name.partition(".")[0]
    project_modules = {
        "gdb_export",
        "job",
        "functions",
        *(path.stem for path in (ROOT / "functions").glob("*.py")),
    }
    return top not in sys.stdlib_module_names and top not in project_modules


def test_the_table_lists_exactly_the_rooms() -> None:
    assert ROOMS.keys() == rooms().keys()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_exactly_the_rooms_in_its_line(room: str) -> None:
    imported = {
        room_of(name)
        for path in rooms()[room]
        for name in imports(path)
        if is_in(name, "gdb_export")
    }
    assert imported - {room} == ROOMS[room]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_comes_after_the_rooms_that_it_imports(room: str) -> None:
    order = list(ROOMS)
    assert {name for name in ROOMS[room] if order.index(name) >= order.index(room)} == set()


@pytest.mark.parametrize("room", [*ROOMS, *DEPLOYABLES])
def test_a_room_imports_only_its_allowed_foreign_packages(room: str) -> None:
    paths = rooms()[room] if room in ROOMS else modules(room).values()
    allowed = next((FOREIGN[name] for name in _with_parents(room) if name in FOREIGN), ())
    wrong = {
        (path.name, imported)
        for path in paths
        for imported in imports(path)
        if is_foreign(imported) and not is_in(imported, *allowed)
    }
    assert wrong == set()


def _with_parents(room: str) -> Iterator[str]:
    parts = room.split(".")
    while parts:
        yield ".".join(parts)
        parts.pop()


@pytest.mark.parametrize("folder", DEPLOYABLES)
def test_a_deployable_imports_only_what_is_deployed_with_it(folder: str) -> None:
    # the functions import each other without the name of their folder
    is_flat = folder == "functions"
    modules_here = {name.rpartition(".")[2] for name in modules(folder)} if is_flat else set()
    wrong = {
        (name, imported)
        for name, path in modules(folder).items()
        for imported in imports(path)
        if not is_foreign(imported)
        and imported.partition(".")[0] not in {*sys.stdlib_module_names, *modules_here}
        and not is_in(imported, *DEPLOYABLES[folder])
    }
    assert wrong == set()


@pytest.mark.parametrize("folder", ["gdb_export", *DEPLOYABLES])
def test_the_product_imports_no_test_code_and_no_other_deployable(folder: str) -> None:
    others = {"local", "tests", "benchmarks", *DEPLOYABLES} - {folder}
    wrong = {
        (name, imported)
        for name, path in modules(folder).items()
        for imported in imports(path)
        if is_in(imported, *others)
    }
    assert wrong == set()


def test_no_two_modules_import_each_other() -> None:
    known = {name: path for name, path in modules("gdb_export").items() if path.suffix == ".py"}
    graph = {
        name: {imported for imported in _modules_of(path, known) if imported != name}
        for name, path in known.items()
    }
    done: set[str] = set()
    while ready := {name for name, needs in graph.items() if needs <= done} - done:
        done |= ready
    assert sorted(graph.keys() - done) == []


def _modules_of(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for imported in imports(path):
        for name in (imported, imported.rpartition(".")[0], f"{imported}.__init__"):
            if name in known:
                yield name
                break


@pytest.mark.parametrize(
    "folder",
    sorted(
        {
            path.parent.relative_to(ROOT).as_posix()
            for top in (
                "gdb_export",
                "job",
                "functions",
                "local",
                "tests",
                "benchmarks",
                "examples",
            )
            for path in (ROOT / top).rglob("*.py")
        }
    ),
)
def test_a_folder_holds_few_files(folder: str) -> None:
    files = [
        path
        for path in (ROOT / folder).iterdir()
        if path.suffix in (".py", ".pyx", ".pxd") and path.name != "__init__.py"
    ]
    assert len(files) <= MAX_FILES, f"{folder} holds {len(files)} files: divide it by concept"
