"""Names in the target: valid, unique and reported."""

import pytest

from gdb_export.bigquery.names import (
    AddedColumns,
    column_names,
    name_with_hash,
    table_names,
)
from gdb_export.ddl.sql import NotLoadable
from tests.ddl.exported import resource, written


def test_names_in_bigquery_are_those_of_a_load() -> None:
    fields = ("id", "ID", "1ano", "_TABLE_x", "A B", "A_B", "Índice", "_loaded_at")
    titles = ("CONTA-2", "CONTA_2", "T", "t")
    package = {"resources": [resource(title, *fields) for title in titles]}
    text, reports = written(package, "bigquery")
    columns = column_names(fields, AddedColumns())
    for name in columns.values():
        assert text.count(f"`{name}` INT64") == len(titles)
    assert columns["A B"] == name_with_hash("A B")
    assert columns["_loaded_at"] == name_with_hash("_loaded_at")
    tables = table_names(titles)
    loads = [line.split()[-2] for line in text.splitlines() if line.startswith("bq load")]
    assert loads == [f'"$DATASET".{tables[title]}' for title in titles]
    assert f"the table CONTA-2 is named {tables['CONTA-2']}" in reports
    assert "the column T.Índice is named Indice" in reports
    assert len(reports) == 2 + 6 * len(titles)


def test_parquet_files_with_names_that_bigquery_refuses_are_not_loaded_by_bq() -> None:
    package = {"resources": [resource("T", "A"), resource("U", "A B")]}
    for each in package["resources"]:
        each["format"] = "parquet"
    assert "bq load" in written({"resources": package["resources"][:1]}, "bigquery")[0]
    with pytest.raises(NotLoadable, match=r"refuses U\.A B: use gdb-export load"):
        written(package, "bigquery")
    written(package, "bigquery", load=False)


def test_two_tables_are_never_loaded_into_one() -> None:
    titles = ("CONTA-2", "CONTA_2", "T", "t")
    text, _ = written({"resources": [resource(title, "A") for title in titles]}, "bigquery")
    loads = [line.split()[-2] for line in text.splitlines() if line.startswith("bq load")]
    assert len({load.casefold() for load in loads}) == 4


def test_duckdb_distinguishes_no_case() -> None:
    package = {"resources": [resource("T", "id", "ID"), resource("t", "A")]}
    text, reports = written(package, "duckdb")
    assert 'CREATE OR REPLACE TABLE "t_1"' in text
    assert '"ID_1" INTEGER' in text
    assert len(reports) == 2


def test_postgresql_keeps_case_and_cuts_long_names() -> None:
    long_names = ("N" * 70 + "A", "N" * 70 + "B")
    text, reports = written({"resources": [resource("T", "id", "ID", *long_names)]}, "postgres")
    assert '"id" integer' in text
    assert '"ID" integer' in text
    assert f'"{"N" * 63}" integer' in text
    assert f'"{"N" * 61}_1" integer' in text
    assert len(reports) == 2


@pytest.mark.parametrize("target", ["postgres", "duckdb", "firebird"])
def test_quotes_in_names_are_doubled(target: str) -> None:
    package = {"resources": [resource('a "b"', 'c"d')]}
    text, _ = written(package, target, load=False)
    assert '"a ""b"""' in text
    assert '"c""d" ' in text
