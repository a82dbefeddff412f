"""Who may import whom: arrows point one way, and the tree can be trusted to say what runs where."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("contract", "functions", "job")
# The modules of the job that put an export and the cloud together; all others of job/ know neither
# Google nor job.cloud
TOGETHER = {
    "job.__main__",
    "job.attempt",
    "job.bucket_export",
    "job.cloud_commands",
    "job.command_line",
    "job.made_before",
    "job.part_attempt",
    "job.part_export",
    "job.places",
    "job.task",
}


@cache
def modules(folder: str) -> dict[str, Path]:
    """Files by the name that they are imported by."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py*")):
        if path.suffix in (".py", ".pyx"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    assert found, f"there is no module in {folder}: this test checks nothing"
    return found


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, anywhere in it."""
    if path.suffix == ".pyx":
        lines = [line.split() for line in path.read_text().splitlines()]
        yield from (words[1] for words in lines if words[:1] in (["from"], ["import"]))
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def foreign(name: str, *allowed: str) -> bool:
    """Is that neither the standard library's nor of the allowed packages?"""
    return name.partition(".")[0] not in sys.stdlib_module_names and not is_of(name, *allowed)


def wrong(folder: str, *allowed: str) -> list[tuple[str, str]]:
    return [
        (name, imported)
        for name, path in modules(folder).items()
        for imported in imports(path)
        if foreign(imported, *allowed)
    ]


def test_the_contract_knows_only_the_standard_library() -> None:
    assert wrong("contract", "contract") == []


def test_the_reader_knows_only_itself_and_the_standard_library() -> None:
    assert wrong("job/firebird", "job.firebird", "libc") == []


def test_rows_know_only_the_reader() -> None:
    assert wrong("job/csv_rows", "job.csv_rows", "job.firebird", "cython", "cpython", "libc") == []


def test_functions_know_the_contract_and_nothing_of_the_job() -> None:
    own = {name.partition(".")[2] for name in modules("functions")}
    known = ("contract", "functions_framework", "cloudevents", "google", "flask", "werkzeug", *own)
    assert wrong("functions", *known) == []


def test_the_cloud_side_knows_no_export() -> None:
    """Nor who puts the two together: what an export takes and gives is all that they share."""
    known = {name for _, name in wrong("job/cloud", "google", "contract", "job.cloud")}
    assert [name for name in known if not is_of(name, "job")] == []
    story = ("job.export", "job.chunks", "job.csv_rows", "job.firebird.database", *TOGETHER)
    assert [name for name in known if is_of(name, *story)] == []


@pytest.mark.parametrize(
    "name", sorted(name for name in modules("job") if not is_of(name, "job.cloud", *TOGETHER))
)
def test_an_export_knows_no_cloud(name: str) -> None:
    seen = list(imports(modules("job")[name]))
    cloud = [one for one in seen if is_of(one, "google", "job.cloud", "functions", *TOGETHER)]
    assert cloud == []


def test_the_stand_ins_are_imported_by_nobody_of_the_product() -> None:
    users = [
        (name, imported)
        for folder in PRODUCT
        for name, path in modules(folder).items()
        for imported in imports(path)
        if is_of(imported, "local", "tests", "benchmarks")
    ]
    assert users == []


def test_no_two_modules_of_the_reader_import_each_other() -> None:
    graph = {
        name: {one for one in imports(path) if one in modules("job/firebird") and one != name}
        for name, path in modules("job/firebird").items()
    }
    packages = {"job.firebird", "job.firebird.blr", "job.firebird.gbak"}
    done: set[str] = set()
    while ready := {n for n, needs in graph.items() if needs - packages <= done} - done:
        done |= ready
    assert sorted(graph.keys() - done) == []
