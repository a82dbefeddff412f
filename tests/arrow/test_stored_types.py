"""Columns whose records hold another type than the declared one: every pair of types.

The expected values are the engine's, from a database that tests/engine/stored_types.py describes.
A value for which the engine raises an error costs its field only.
"""

import csv
import io
import json
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import gdb_export
from gdb_export.csv_rows import CsvImplementation
from tests.csv_rows.implementations import IMPLEMENTATIONS, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.data.databases import database_bytes

GOLDEN = Path(__file__).parents[1] / "data" / "stored_types" / "fb50" / "pairs.golden.zip"


def csvs_of(archive: zipfile.ZipFile) -> dict[str, str]:
    names = [name for name in archive.namelist() if name.startswith("D")]
    return {name: archive.read(name).decode() for name in sorted(names)}


@cache
def golden_csvs() -> dict[str, str]:
    with zipfile.ZipFile(GOLDEN) as archive:
        return csvs_of(archive)


def null_cells(csv_text: str) -> Counter[str]:
    """The number of NULLs of each column; no value of these tables holds a line break."""
    header, *lines = csv_text.removesuffix("\n").split("\n")
    # a quoted empty field is the empty string
    rows = csv.reader(io.StringIO("\n".join(line.replace('""', "x") for line in lines)))
    return Counter(
        name
        for row in rows
        for name, cell in zip(header.split(","), row, strict=True)
        if cell == ""
    )


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_values_are_converted_as_by_the_engine(name: str) -> None:
    chosen: CsvImplementation = implementation(name)
    data = exported_zip(database_bytes("stored_types/fb50/pairs"), chosen)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        csvs = csvs_of(archive)
        manifest = json.loads(archive.read("datapackage.json"))
    assert csvs == golden_csvs()
    listed = Counter(
        (f"{place['table']}.csv", place["column"]) for place in manifest["x-damage"]["places"]
    )
    nulls = {
        (table, column): count
        for table, text in golden_csvs().items()
        for column, count in null_cells(text).items()
    }
    assert listed == nulls
    assert all(place["slot"] is not None for place in manifest["x-damage"]["places"])


def test_rows_and_arrow_batches_have_the_same_nulls() -> None:
    with gdb_export.open(database_bytes("stored_types/fb50/pairs")) as database:
        for name, text in golden_csvs().items():
            table = database.tables[name.removesuffix(".csv")]
            names = [column.name for column in table.columns]
            rows = list(table)
            expected = null_cells(text)
            assert len(rows) == text.count("\n") - 1
            found = Counter(
                column
                for row in rows
                for column, value in zip(names, row, strict=True)
                if value is None
            )
            assert found == expected
            read = table.arrow().read_all()
            by_arrow = {name: read.column(name).null_count for name in names}
            # NULL, too: dates whose years, and numbers whose digits, the Arrow type can't hold
            assert all(by_arrow[name] >= expected[name] for name in names)
