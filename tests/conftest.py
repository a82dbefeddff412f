"""Fixtures that several suites share."""

import os
from types import ModuleType

import pytest

import tests.engine


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    """The package `tests.engine`, ready; without an engine a skip, and in CI a failure."""
    try:
        tests.engine.load_engine()
    except tests.engine.EngineMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(f"no Firebird engine: {missing}")
        pytest.skip(f"no Firebird engine, nothing compared: {missing}")
    return tests.engine
