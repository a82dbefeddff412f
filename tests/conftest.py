"""Fixtures that several suites share."""

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

import tests.engine
from local.bigquery.emulator import BigQueryEmulator, EmulatorMissing, bigquery_emulator
from local.firestore_emulator import FirestoreEmulator, firestore_emulator

TESTS = Path(__file__).parent
# Folders whose tests start servers, and folders with slow tests
STACK = ("chaos", "end_to_end", "examples", "functions", "gcs", "image", "job", "local")
# Fixtures that start a server
STACK_FIXTURES = {"server", "running_emulator", "bigquery"}
SLOW = ("differential", "hostile", "terraform")
# Modules of other folders that take some seconds each: random input, or every golden database
SLOW_MODULES = (
    "test_backup_row_batch",
    "test_bad_invocations",
    "test_blob_pages",
    "test_duckdb",
    "test_entry_points",
    "test_exactness",
    "test_excel_and_uuid",
    "test_index_check",
    "test_left_out",
    "test_loading",
    "test_long_texts",
    "test_manifest_definitions",
    "test_parts",
    "test_record_lines",
    "test_rows",
    "test_same_bytes",
    "test_same_columns",
    "test_streams",
    "test_text_decoding",
)


def pytest_configure() -> None:
    """Let tests interrupt the processes that they start.

    The background jobs of a shell ignore SIGINT, and so would all processes that they start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return the number of cores, plus one: tests of the stack mostly wait for other processes."""
    cores = os.cpu_count() or 1
    return cores if "not stack" in config.option.markexpr else cores + 1


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the tests that `make quick` leaves out, by folder and fixture."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        fixtures = getattr(item, "fixturenames", ())
        if folder in STACK or STACK_FIXTURES.intersection(fixtures):
            item.add_marker("stack")
        if folder in SLOW or item.path.stem in SLOW_MODULES:
            item.add_marker("slow")
        if folder == "engine" or "engine" in fixtures:
            item.add_marker("engine")


def pytest_collection_finish() -> None:
    """Leave the objects of the imported modules out of all garbage collections of the tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    """The package `tests.engine` with a loaded engine.

    Without an engine the test is skipped, and in CI it fails.
    """
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
    """Google's Firestore emulator, emptied after every test.

    The client reads its address from the environment.
    """
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running_emulator.host)
    yield running_emulator
    running_emulator.clear("demo")


@pytest.fixture(scope="session")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigQueryEmulator]:
    """BigQuery's emulator, started once in a test process. If it is not installed, a test is
    skipped, in CI it fails."""
    try:
        with bigquery_emulator(tmp_path_factory.mktemp("buckets")) as emulator:
            yield emulator
    except EmulatorMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
