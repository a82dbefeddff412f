"""Faults at each step of a load end in rows that are there exactly once."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from google.cloud.bigquery import Client, DatasetReference

from gdb_export.bigquery.load import retries
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.cli.command_line import main
from gdb_export.contract.staging_names import STAGING_PREFIX
from local.bigquery.emulator import EMULATOR, BigQueryEmulator
from local.bigquery.proxy import bigquery_proxy
from local.faults import Fault, FaultRule, Faults
from tests.bigquery.made_export import make_export
from tests.bigquery.stored_rows import stored, tables

OPERATIONS = (
    "tables.list",
    "tables.insert",
    "tables.get",
    "tables.update",
    "tables.delete",
    "jobs.insert",
    "jobs.get",
)
FAULTS = (
    Fault("status", 503, reason="backendError"),
    Fault("status", 403, reason="rateLimitExceeded", message="Exceeded rate limits"),
    Fault("status", 403, reason="quotaExceeded", message="Quota exceeded"),
    Fault(
        "status",
        400,
        reason="invalidQuery",
        message="Transaction is aborted due to concurrent update against table T",
    ),
    Fault("cut before"),
    Fault("cut after"),
)
LATER = {"T": pa.table({"N": [1, 2, 3], "NEW": ["a", None, ""]}), "U": pa.table({"N": [5]})}
# Ends the load of a table, or of all of them
PERMANENT = Fault("status", 403, reason="accessDenied", message="Access Denied")
# Some seeds here, a hundred in `make chaos`
SEEDS = range(int(os.environ.get("LOAD_FAULT_RUNS", "7")))


@pytest.fixture
def faults(
    bigquery: BigQueryEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Faults]:
    """Faults between the command and the emulator, which `client` itself does not meet."""
    patience = retries.Patience(12, 0.01, 0.05)
    defaults = {**LoadSettings._field_defaults, "patience": patience}
    monkeypatch.setattr(LoadSettings.__new__, "__defaults__", tuple(defaults.values()))
    monkeypatch.setattr(retries, "_SHORT_DELAY", 0.01)
    faults = Faults()
    with bigquery_proxy(bigquery, faults) as url:
        monkeypatch.setenv(EMULATOR, url)
        yield faults


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_there_exactly_once(
    seed: int,
    tmp_path: Path,
    client: Client,
    dataset: DatasetReference,
    name: str,
    faults: Faults,
) -> None:
    choice = random.Random(seed)
    export = make_export(tmp_path / "BACKUP", {"T": pa.table({"N": [0]})})
    assert main(["load", str(export), name, "--quiet"]) == 0
    export.rename(tmp_path / "old")
    make_export(export, LATER)
    for operation in OPERATIONS:
        fault = choice.choice(FAULTS)
        skip, times = choice.randrange(2), choice.randrange(1, 3)
        faults.add(FaultRule(f"bigquery.{operation}", fault, skip, times))
    assert main(["load", str(export), name, "--quiet"]) == 0
    check(client, dataset)
    assert faults.injected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_load_that_was_ended_by_an_error_is_completed_by_the_next_one(
    seed: int,
    tmp_path: Path,
    client: Client,
    dataset: DatasetReference,
    name: str,
    faults: Faults,
) -> None:
    operation = OPERATIONS[seed % len(OPERATIONS)]
    skip = seed // len(OPERATIONS) % 4
    export = make_export(tmp_path / "BACKUP", {"T": pa.table({"N": [0]})})
    assert main(["load", str(export), name, "--quiet"]) == 0
    export.rename(tmp_path / "old")
    make_export(export, LATER)
    faults.add(FaultRule(f"bigquery.{operation}", PERMANENT, skip, times=2))
    main(["load", str(export), name, "--quiet"])
    rows = sorted(row["N"] for row in stored(client, dataset, "T"))
    assert rows in ([0], [1, 2, 3])  # all earlier rows or all new ones
    faults.clear()
    assert main(["load", str(export), name, "--quiet"]) == 0
    check(client, dataset, but_for_staging=True)


def check(client: Client, dataset: DatasetReference, but_for_staging: bool = False) -> None:
    """Check that the rows are there exactly once, and that no staging table is left.

    A staging table whose removal was refused stays until it expires.
    """
    assert sorted(row["N"] for row in stored(client, dataset, "T")) == [1, 2, 3]
    assert [row["N"] for row in stored(client, dataset, "U")] == [5]
    found = tables(client, dataset)
    if but_for_staging:
        found = {table for table in found if not table.startswith(STAGING_PREFIX)}
    assert found == {"T", "U"}
