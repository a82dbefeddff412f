"""Fixtures that several suites share."""

import os
from collections.abc import Iterator
from types import ModuleType

import pytest

import tests.engine
from local.firestore_emulator import FirestoreEmulator, firestore_emulator


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


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[FirestoreEmulator]:
    with firestore_emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(
    running_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FirestoreEmulator]:
    """Google's Firestore emulator, emptied after every test; the client finds it by itself."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running_emulator.host)
    yield running_emulator
    running_emulator.clear("demo")
