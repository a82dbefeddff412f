"""The statements for DuckDB, run in it twice."""

from contextlib import chdir
from pathlib import Path

import duckdb
import pytest

from tests.data.databases import database_bytes
from tests.ddl.exported import resource, unpacked, written


def load(folder: Path, text: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    with chdir(folder):
        for _ in range(2):
            connection.execute(text)
    return connection


@pytest.mark.parametrize(
    "name", ["fb15/names", "fb25/types", "fb50/odd_names", "fb50/arrays", "interbase/employee_19_0"]
)
def test_every_table_is_loaded_with_all_rows(name: str, tmp_path: Path) -> None:
    package = unpacked(tmp_path, database_bytes(name))
    text, _ = written(package, "duckdb")
    connection = load(tmp_path, text)
    query = "SELECT sum(estimated_size), count(*) FROM duckdb_tables()"
    (sizes,) = connection.execute(query).fetchall()
    rows = sum(resource["rows"] for resource in package["resources"])
    assert sizes == (rows, len(package["resources"]))


def test_keys_and_binary_values(tmp_path: Path) -> None:
    text, _ = written(unpacked(tmp_path, database_bytes("fb15/names")), "duckdb")
    assert '-- "FK1": FOREIGN KEY ("K") REFERENCES' in text
    assert '  PRIMARY KEY ("ID")' in text
    package = unpacked(tmp_path, database_bytes("fb50/blobs"))
    binary = [
        (each["title"], field["name"])
        for each in package["resources"]
        for field in each["schema"]["fields"]
        if field.get("x-encoding") == "hex"
    ]
    connection = load(tmp_path, written(package, "duckdb")[0])
    for table, column in binary:
        (kind,) = connection.sql(f'SELECT typeof("{column}") FROM "{table}" LIMIT 1').fetchall()
        assert kind == ("BLOB",)
    assert binary


def test_a_line_of_many_megabytes_is_loaded(tmp_path: Path) -> None:
    content = f'ID,X\n1,"{"y" * 3_200_000}"\n'
    (tmp_path / "T.csv").write_text(content, encoding="utf-8")
    table = resource("T", "ID", "X", firebird_type="BLOB SUB_TYPE 1 CHARACTER SET UTF8")
    table["bytes"] = len(content)
    connection = load(tmp_path, written({"resources": [table]}, "duckdb")[0])
    assert connection.sql("SELECT length(X) FROM T").fetchall() == [(3_200_000,)]


@pytest.mark.parametrize("name", ["~x", "T[1]", "T{a,b}", "#h", "=cmd", "it's"])
def test_file_names_are_no_patterns(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.csv").write_text("A,B\n1,2\n", encoding="utf-8")
    connection = load(tmp_path, written({"resources": [resource(name, "A", "B")]}, "duckdb")[0])
    assert connection.sql(f'SELECT * FROM "{name}"').fetchall() == [(1, 2)]


def test_parquet(tmp_path: Path) -> None:
    duckdb.sql("SELECT 1 AS A, 2 AS B").write_parquet(str(tmp_path / "T.parquet"))
    table = resource("T", "A", "B", path="T.parquet") | {"format": "parquet"}
    connection = load(tmp_path, written({"resources": [table]}, "duckdb")[0])
    assert connection.sql("SELECT * FROM T").fetchall() == [(1, 2)]
