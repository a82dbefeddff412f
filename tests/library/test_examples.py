"""The examples in the docstrings of the library run."""

import doctest
import gzip
import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import gdb_export

DATABASE = Path(__file__).parents[1] / "data" / "fb15" / "types.fdb.gz"
MODULES = ("gdb_export", "gdb_export.library.database", "gdb_export.library.table")
# Public names without an example of their own, which the examples of others show
SHOWN_ELSEWHERE = {"Column", "Exported", "Snapshot", "__version__"}


def examples(module: ModuleType) -> list[doctest.DocTest]:
    globals_ = {"gdb_export": gdb_export}
    doctests = doctest.DocTestFinder(recurse=True).find(module, globs=globals_)
    return [test for test in doctests if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = tmp_path / "BACKUP.GDB"
    example.write_bytes(gzip.decompress(DATABASE.read_bytes()))
    tests = examples(import_module(name))
    assert tests
    for test in tests:
        test.globs["EXAMPLE"] = str(example)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        assert runner.run(test).failed == 0, test.name


def test_every_public_name_has_an_example() -> None:
    """Error classes need no example."""
    shown = {
        test.name.rpartition(".")[2] for name in MODULES for test in examples(import_module(name))
    }
    missing = [
        name
        for name in gdb_export.__all__
        if name not in shown | SHOWN_ELSEWHERE and not is_error(getattr(gdb_export, name))
    ]
    assert missing == []


def is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def test_dir_and_all_list_the_same_existing_names() -> None:
    assert dir(gdb_export) == sorted(gdb_export.__all__)
    for name in gdb_export.__all__:
        assert getattr(gdb_export, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        gdb_export.no_such_name  # noqa: B018
