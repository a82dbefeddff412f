"""Names of tables and columns in BigQuery: valid, distinct, the same from month to month."""

from typing import Any

import pytest

from gdb_export.bigquery.load.exported_tables import exported_table
from gdb_export.bigquery.names import (
    MAX_NAME,
    AddedColumns,
    changed_column_names,
    column_names,
    parse_added_columns,
    table_names,
    valid_name,
)
from gdb_export.contract.staging_names import STAGING_PREFIX


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("LFCES004", "LFCES004"),
        ("AÇÃO", "ACAO"),
        ("RDB$X", "RDB_X"),
        ("PUBLIC.T", "PUBLIC_T"),
        ("1ST", "_1ST"),
        ("***", "___"),
        ("", "_"),
        ("_TABLE_X", "x_TABLE_X"),
        ("_file_x", "x_file_x"),
        ("_PARTITIONTIME", "x_PARTITIONTIME"),
        (f"{STAGING_PREFIX}T", f"x{STAGING_PREFIX}T"),
        ("A" * 400, "A" * MAX_NAME),
    ],
)
def test_a_name_becomes_valid(name: str, valid: str) -> None:
    assert valid_name(name) == valid


def test_names_that_become_equal_get_a_suffix_that_depends_on_the_name_alone() -> None:
    names = table_names(["acao", "AÇÃO", "ACAO"])
    assert names["ACAO"] == "ACAO"
    assert len({name.lower() for name in names.values()}) == 3
    assert table_names(["ACAO", "AÇÃO"])["AÇÃO"] == names["AÇÃO"]
    assert table_names(["AÇÃO", "ACAO"]) == {k: names[k] for k in ("ACAO", "AÇÃO")}


def test_a_suffix_fits_into_the_longest_name() -> None:
    names = table_names(["A" * 400, "A" * 401])
    assert {len(name) for name in names.values()} == {MAX_NAME}
    assert len(set(names.values())) == 2


def test_added_columns_keep_their_names() -> None:
    names = column_names(["DATA_PARTICAO", "NAME"], AddedColumns())
    assert names["NAME"] == "NAME"
    assert names["DATA_PARTICAO"].startswith("DATA_PARTICAO_")


def test_changed_names_of_columns() -> None:
    assert changed_column_names(["ID", "NAME"]) == {}
    assert changed_column_names(["ID", "AÇÃO"]) == {"AÇÃO": "ACAO"}
    assert changed_column_names(["Id", "ID"])["Id"].startswith("Id_")
    assert changed_column_names(["DATA_PARTICAO"])["DATA_PARTICAO"].startswith("DATA_PARTICAO_")


@pytest.mark.parametrize("text", ["a,b", "mês,b,c", "x,X,y", "a,b,_TABLE_x", "a,,c", ""])
def test_names_of_added_columns_are_checked(text: str) -> None:
    assert parse_added_columns("a, _b,c") == AddedColumns("a", "_b", "c")
    with pytest.raises(ValueError, match=r"three names|not a valid column name"):
        parse_added_columns(text)


@pytest.mark.parametrize("listed", [{"table": "T`; DROP"}, {"table": "T", "columns": {"A": "B B"}}])
def test_a_manifest_with_names_that_bigquery_refuses_is_refused(listed: dict[str, Any]) -> None:
    resource = {"title": "T", "path": "T.parquet", "format": "parquet", "rows": 1}
    assert exported_table({**resource, "x-bigquery": {"table": "T"}}).bigquery_name == "T"
    with pytest.raises(ValueError, match="a name that BigQuery does not accept"):
        exported_table({**resource, "x-bigquery": listed})
