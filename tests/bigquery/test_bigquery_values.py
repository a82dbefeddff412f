"""Every value of a database, read back from BigQuery's emulator, is that of the golden CSV."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from google.cloud.bigquery import Client, DatasetReference

import gdb_export
from gdb_export.bigquery.names import table_names
from gdb_export.cli.command_line import main
from tests.bigquery.conftest import unpacked
from tests.bigquery.stored_rows import compare, stored, tables
from tests.export.golden import CORPUS, DATA, NO_COMPUTED, corpus_tables, golden_tables

# Databases of the corpus that are loaded: few, because one takes seconds; ten in `make chaos`
CORPUS_LOADS = int(os.environ.get("CORPUS_LOADS", "1"))
IN_CORPUS = [
    *sorted(CORPUS.glob("fb*/types.fdb.gz"), reverse=True),
    *sorted(CORPUS.glob("fb*/charsets.fdb.gz")),
][:CORPUS_LOADS]


@pytest.mark.parametrize("path", ["fb15/types.fdb.gz", "fb50/integers_and_decimals.fdb.gz"])
def test_values_of_golden_databases(
    path: str, tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    compare_database(DATA / path, golden_tables(DATA / path), tmp_path, client, dataset, name)


@pytest.mark.skipif(not IN_CORPUS, reason="the corpus is not installed")
@pytest.mark.parametrize("path", IN_CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_values_of_the_corpus(
    path: Path, tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    compare_database(path, corpus_tables(path), tmp_path, client, dataset, name)


def compare_database(
    path: Path,
    golden: dict[str, bytes],
    folder: Path,
    client: Client,
    dataset: DatasetReference,
    name: str,
) -> None:
    source = unpacked(path, folder)
    with gdb_export.open(source) as db:
        parquet = Path(db.export(format="parquet").location)
    assert main(["load", str(parquet), name, "--quiet"]) == 0
    names = table_names(member.removesuffix(NO_COMPUTED) for member in golden)
    assert tables(client, dataset) == set(names.values())
    for member, text in golden.items():
        table = member.removesuffix(NO_COMPUTED)
        schema = pq.read_schema(parquet / f"{table}.parquet")
        compare(stored(client, dataset, names[table]), text.decode(), schema)
