"""Fixtures: a client of the BigQuery emulator, and a dataset for each test."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.bigquery import Client, Dataset, DatasetReference

from local.bigquery.emulator import EMULATOR, BigQueryEmulator

PROJECT = "demo"


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
    """Unpack a golden database into the folder; return the new file."""
    import gzip

    source = folder / name
    source.write_bytes(gzip.decompress(path.read_bytes()))
    return source
