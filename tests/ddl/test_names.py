"""Names in the target: valid, unique and reported."""

import pytest

from tests.ddl.exported import resource, written


def test_columns_that_become_equal_get_a_number_and_are_reported() -> None:
    package = {"resources": [resource("T", "id", "ID", "1ano", "_TABLE_x", "A B", "A_B")]}
    text, reports = written(package, "bigquery")
    for name in ("id", "ID_1", "_1ano", "X_TABLE_x", "A_B_1", "A_B"):
        assert f"`{name}` INT64" in text
    assert reports == [
        "the column T.ID is named ID_1",
        "the column T.1ano is named _1ano",
        "the column T._TABLE_x is named X_TABLE_x",
        "the column T.A B is named A_B_1",
    ]


def test_two_tables_are_never_loaded_into_one() -> None:
    titles = ("CONTA-2", "CONTA_2", "T", "t")
    text, reports = written({"resources": [resource(title, "A") for title in titles]}, "bigquery")
    loads = [line.split()[-2] for line in text.splitlines() if line.startswith("bq load")]
    assert len({load.casefold() for load in loads}) == 4
    assert reports == ["the table t is named t_1", "the table CONTA-2 is named CONTA_2_1"]


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
