"""Fixtures: the BigQuery emulator, started once in a test process, and a dataset for each test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.bigquery import Client, Dataset, DatasetReference

from local.bigquery.emulator import (
    EMULATOR,
    BigQueryEmulator,
    EmulatorMissing,
    bigquery_emulator,
)

PROJECT = "demo"


@pytest.fixture(scope="session")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigQueryEmulator]:
    """A running emulator. Without one a test is skipped, in CI it fails."""
    try:
        with bigquery_emulator(tmp_path_factory.mktemp("buckets")) as emulator:
            yield emulator
    except EmulatorMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def client(bigquery: BigQueryEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv(EMULATOR, bigquery.url)
    client = bigquery.client(PROJECT)
    yield client
    client.close()


@pytest.fixture
def dataset(client: Client) -> DatasetReference:
    reference = DatasetReference(PROJECT, f"d{uuid.uuid4().hex}")
    client.create_dataset(Dataset(reference))
    return reference


@pytest.fixture
def name(dataset: DatasetReference) -> str:
    """The dataset as the command takes it."""
    return f"{dataset.project}.{dataset.dataset_id}"


def unpacked(path: Path, folder: Path, name: str = "BACKUP.GDB") -> Path:
    """A golden database, without its compression."""
    import gzip

    source = folder / name
    source.write_bytes(gzip.decompress(path.read_bytes()))
    return source
