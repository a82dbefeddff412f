"""The ZIP of an export as a source: the same types and values as the Parquet of the database."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.cloud.bigquery import Client, DatasetReference

import gdb_export
from gdb_export.bigquery.errors import UnusableExport
from gdb_export.bigquery.zipped import zip_export
from gdb_export.bigquery.zipped.csv_types import csv_column
from gdb_export.bigquery.zipped.zip_export import unpack_zip
from gdb_export.cli.command_line import main
from tests.bigquery.conftest import unpacked
from tests.bigquery.stored_rows import stored
from tests.export.golden import DATA

FILES = [
    "fb15/types.fdb.gz",
    "fb50/arrays.fdb.gz",
    "fb50/dates_and_zones.fdb.gz",
    "fb50/dialect_1.fdb.gz",
    "fb50/floats.fdb.gz",
    "fb50/integers_and_decimals.fdb.gz",
    "fb50/odd_names.fdb.gz",
    "fb50/texts.fdb.gz",
]


def unpack(content: bytes, folder: Path) -> list[str]:
    folder.mkdir()
    return unpack_zip(io.BytesIO(content), "BACKUP.zip", folder)


def tables(folder: Path) -> dict[str, pa.Table]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {item["title"]: pq.read_table(folder / item["path"]) for item in package["resources"]}


@pytest.mark.parametrize("path", FILES)
def test_types_and_values_are_those_of_the_parquet_files(path: str, tmp_path: Path) -> None:
    with gdb_export.open(unpacked(DATA / path, tmp_path)) as db:
        archive = Path(db.export(binary="uuid").location)
        parquet = Path(db.export(format="parquet").location)
    unpack(archive.read_bytes(), tmp_path / "unpacked")
    found = tables(tmp_path / "unpacked")
    for name, expected in tables(parquet).items():
        for column in expected.column_names:
            values, other = found[name][column], expected[column]
            if is_nested(other.type):
                assert values.type == pa.string()
                continue
            assert values.type == other.type
            if len(expected.column_names) == 1:  # NULL and the empty text are equal in such a CSV
                other = pa.chunked_array([[value or None for value in other.to_pylist()]])
            assert pa.compute.equal(texts(values), texts(other)).to_pylist() == [True] * len(other)


def is_nested(arrow_type: pa.DataType) -> bool:
    return pa.types.is_list(arrow_type) and pa.types.is_list(arrow_type.value_type)


def texts(values: pa.ChunkedArray) -> pa.Array:
    """Values as texts, in which NaN equals itself."""
    return pa.array([repr(value) for value in values.to_pylist()], pa.string())


def test_a_zip_is_loaded_under_the_name_of_its_database(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    source = unpacked(DATA / "fb15" / "evolve.fdb.gz", tmp_path, "CNES_082025.GDB")
    assert main(["export", str(source), "--quiet"]) == 0
    for location in (source, source.with_suffix(".zip")):
        assert main(["load", str(location), name, "--quiet"]) == 0
    rows = stored(client, dataset, "E1")
    assert {row["_source_file"] for row in rows} == {source.as_uri()}
    assert {str(row["data_particao"]) for row in rows} == {"2025-08-01"}
    ids = [row["ID"] for row in rows]
    assert len(ids) == len(set(ids)) > 0


def made_zip(csv: bytes, change: Callable[[dict[str, Any]], None] = lambda package: None) -> bytes:
    """A ZIP with a table of a number and a text."""
    fields = [
        {"name": "N", "x-firebird-type": "SMALLINT"},
        {"name": "T", "x-firebird-type": "VARCHAR(10) CHARACTER SET UTF8"},
    ]
    resource = {"title": "T", "path": "T.csv", "format": "csv", "rows": 2}
    package = {
        "resources": [resource | {"schema": {"fields": fields}}],
        "x-source": {"name": "B.GDB", "modified": "2025-08-20T10:00:00Z"},
    }
    change(package)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("T.csv", csv)
        archive.writestr("datapackage.json", json.dumps(package))
    return target.getvalue()


def test_null_and_the_empty_text_are_told_apart_and_long_rows_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_export, "_BLOCK", 64)
    long_text = "x\n" * 500
    unpack(made_zip(f'N,T\n,""\n7,"{long_text}"\n'.encode()), tmp_path / "out")
    assert tables(tmp_path / "out")["T"].to_pylist() == [
        {"N": None, "T": ""},
        {"N": 7, "T": long_text},
    ]


def test_values_beyond_their_type_are_null_and_warned_about(tmp_path: Path) -> None:
    def as_dates(package: dict[str, Any]) -> None:
        package["resources"][0]["schema"]["fields"][0]["x-firebird-type"] = "DATE"

    warnings = unpack(made_zip(b"N,T\n10000-01-01,a\n2025-08-01,b\n", as_dates), tmp_path / "out")
    assert [row["T"] for row in tables(tmp_path / "out")["T"].to_pylist()] == ["a", "b"]
    assert tables(tmp_path / "out")["T"]["N"].null_count == 1
    assert warnings == ["1 values of T.N are NULL in BigQuery: their type can't hold them"]


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (b"N,T\n1,a\n", "T.csv has 1 rows of 2"),
        (b"N,T\nx,a\n2,b\n", "T.csv, column N: "),
        (b"N,T\n70000,a\n2,b\n", "T.csv, column N: "),
        (b"N,T\n1,a,2\n2,b\n", "T.csv: "),
        (b"N,T\n1,\xff\n2,b\n", "T.csv: "),
    ],
)
def test_a_csv_that_does_not_match_the_manifest_is_refused(
    csv: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UnusableExport, match=message):
        unpack(made_zip(csv), tmp_path / "out")


def test_other_zips_are_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("T.csv", "A\n")
    with pytest.raises(UnusableExport, match="give a ZIP of gdb-export"):
        unpack(target.getvalue(), tmp_path / "a")
    with pytest.raises(UnusableExport, match="is damaged"):
        unpack(b"PK no ZIP", tmp_path / "b")

    def as_excel(package: dict[str, Any]) -> None:
        package["resources"][0]["dialect"] = {"delimiter": ";"}

    with pytest.raises(UnusableExport, match="export without --dialect"):
        unpack(made_zip(b"", as_excel), tmp_path / "c")


def test_arrays_of_older_exports_are_texts() -> None:
    field = {"name": "A", "x-firebird-type": "ARRAY [1:3]"}
    assert csv_column(field).type == pa.string()
    typed = field | {"x-element-type": "NUMERIC(9,2)", "x-element-stored-digits": 10}
    assert csv_column(typed).type == pa.list_(pa.decimal128(10, 2))
