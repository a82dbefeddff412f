"""Whole databases, dropped in the bucket and read back from BigQuery, have the engine's values.

They pass through the function, the job and the emulator of BigQuery. LOADED_DATABASES is the number
of databases of the corpus (none by default), BIG_DATABASE a database packed by xz, with the hashes
of its golden CSVs in `hashes.json` beside it: 300 MB take about ten minutes of CPU time.
"""

import contextlib
import gzip
import hashlib
import json
import lzma
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from google.cloud.bigquery import Client, DatasetReference

import gdb_export
from gdb_export.bigquery.names import AddedColumns, column_names, table_names
from gdb_export.contract.job_document import Status
from local.stack import PROJECT
from tests.bigquery.stored_rows import compare, stored, tables, texts
from tests.end_to_end.console import DATA, Console, until
from tests.export.golden import CORPUS, NO_COMPUTED, corpus_tables, golden_tables

LOADED_DATABASES = int(os.environ.get("LOADED_DATABASES", "0"))
BIG_DATABASE = os.environ.get("BIG_DATABASE", "")
IN_CORPUS = [
    *sorted(CORPUS.glob("fb*/types.fdb.gz"), reverse=True),
    *sorted(CORPUS.glob("fb*/charsets.fdb.gz")),
][:LOADED_DATABASES]
SECONDS = 1800.0  # for the export and the load of BIG_DATABASE
PAGE_ROWS = 10_000
SPECIAL = re.compile(r'[",\r\n]')


@contextlib.contextmanager
def loaded(console: Console, data: bytes, dataset: str) -> Iterator[Client]:
    """Drop a database in the bucket, and wait for the end of its load into a new dataset."""
    assert console.stack.bigquery is not None
    with contextlib.closing(console.stack.bigquery.client(PROJECT)) as client:
        client.create_dataset(dataset)
        options = {"export-dataset": dataset, "export-reference": "2025-08"}
        blob = console.upload(f"{dataset}.GDB", data, **options)
        final = (Status.SUCCESS, Status.FAILURE, Status.CANCELLED)
        until(lambda: console.fields(blob).get("status") in final, SECONDS)
        result = console.fields(blob)["result"]
        assert console.fields(blob)["status"] == Status.SUCCESS, result
        assert result["dataset"]["reference"] == "2025-08-01"
        yield client


def compare_loaded(console: Console, packed: Path, golden: dict[str, bytes]) -> None:
    """Compare the tables of a database in BigQuery with its golden CSVs."""
    data = gzip.decompress(packed.read_bytes())
    name = f"{packed.parent.name}_{packed.name.removesuffix('.fdb.gz')}"
    dataset = DatasetReference(PROJECT, name)
    names = table_names(member.removesuffix(NO_COMPUTED) for member in golden)
    with loaded(console, data, name) as client, gdb_export.open(data) as db:
        assert tables(client, dataset) == set(names.values())
        for member, text in golden.items():
            table = member.removesuffix(NO_COMPUTED)
            schema = db.tables[table].arrow().schema
            compare(stored(client, dataset, names[table]), text.decode(), schema)


@pytest.mark.skipif(not LOADED_DATABASES, reason="LOADED_DATABASES does not ask for it")
def test_values_of_the_sample(loading: Console) -> None:
    packed = DATA / "cnes.fdb.gz"
    compare_loaded(loading, packed, golden_tables(packed))


@pytest.mark.skipif(
    not IN_CORPUS, reason="the corpus is not installed, or LOADED_DATABASES does not ask for it"
)
@pytest.mark.parametrize(
    "packed", IN_CORPUS, ids=lambda packed: f"{packed.parent.name}-{packed.stem}"
)
def test_values_of_the_corpus(loading: Console, packed: Path) -> None:
    compare_loaded(loading, packed, corpus_tables(packed))


@pytest.mark.timeout(3 * SECONDS)
@pytest.mark.skipif(not BIG_DATABASE, reason="BIG_DATABASE does not name a database")
def test_values_of_a_large_database(loading: Console) -> None:
    packed = Path(BIG_DATABASE)
    golden = json.loads(packed.with_name("hashes.json").read_text())["tables"]
    data = lzma.decompress(packed.read_bytes())
    dataset = DatasetReference(PROJECT, "large")
    with loaded(loading, data, dataset.dataset_id) as client, gdb_export.open(data) as db:
        assert tables(client, dataset) == golden.keys()
        for name, expected in golden.items():
            digest, rows = hashlib.sha256(), 0
            for lines in csv_lines(client, dataset, name, db.tables[name].arrow().schema):
                digest.update("".join(lines).encode())
                rows += len(lines)
            assert (name, rows - 1) == (name, expected["rows"])
            assert (name, digest.hexdigest()) == (name, expected["sha256"])


def csv_lines(
    client: Client, dataset: DatasetReference, table: str, schema: pa.Schema
) -> Iterator[list[str]]:
    """The lines of a table's CSV, the header first, made of the values that BigQuery returns.

    The emulator keeps the order in which rows were inserted.
    """
    names = column_names(schema.names, AddedColumns())
    yield [line(schema.names)]
    listed = client.list_rows(dataset.table(table), page_size=PAGE_ROWS)
    for page in listed.pages:
        rows = [row.values() for row in page]
        positions = {field.name: index for index, field in enumerate(listed.schema)}
        columns = [
            texts([row[positions[names[field.name]]] for row in rows], field.type)
            for field in schema
        ]
        yield [line(values) for values in zip(*columns, strict=True)]


def line(values: Iterable[str | None]) -> str:
    """A line of CSV: NULL is an empty field, the empty text is two quotes."""
    return ",".join(cell(value) for value in values) + "\n"


def cell(value: str | None) -> str:
    if value is None:
        return ""
    if value and not SPECIAL.search(value):
        return value
    return '"' + value.replace('"', '""') + '"'
