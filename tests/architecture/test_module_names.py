"""Test modules have names of their own: pytest collects only one of two with the same name."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_two_test_modules_have_the_same_name() -> None:
    # a folder with __init__.py is a package, whose modules have longer names
    modules = [
        path.name for path in TESTS.rglob("test_*.py") if not (path.parent / "__init__.py").exists()
    ]
    assert len(modules) > 200
    assert [name for name, count in Counter(modules).items() if count > 1] == []
