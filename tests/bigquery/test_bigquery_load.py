"""Loads into the emulator: replacement of rows, changed schemas, names, refusals."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.cloud.bigquery import Client, DatasetReference

from gdb_export.cli.command_line import main
from tests.bigquery.made_export import make_export
from tests.bigquery.stored_rows import stored, tables


def load(folder: Path, name: str, *options: str) -> int:
    return main(["load", str(folder), name, "--quiet", *options])


def table(**columns: list[Any]) -> pa.Table:
    return pa.table(columns)


def values(client: Client, dataset: DatasetReference, name: str = "T") -> list[tuple[Any, ...]]:
    """The rows without the URI and the time, sorted."""
    rows = stored(client, dataset, name)
    hidden = ("_source_file", "_loaded_at")
    return sorted(tuple(v for k, v in row.items() if k not in hidden) for row in rows)


def test_a_load_replaces_the_rows_of_the_same_source_and_month_only(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    august, september = date(2025, 8, 1), date(2025, 9, 1)
    first = make_export(tmp_path / "a" / "BACKUP", {"T": table(N=[1, 2])})
    other = make_export(tmp_path / "b" / "BACKUP", {"T": table(N=[7])})
    assert load(first, name) == load(first, name) == 0
    assert values(client, dataset) == [(1, august), (2, august)]
    assert load(other, name) == load(first, name, "--reference", "2025-09-15") == 0
    assert values(client, dataset) == [
        (1, august),
        (1, september),
        (2, august),
        (2, september),
        (7, august),
    ]
    corrected = make_export(tmp_path / "corrected", {"T": table(N=[3])})
    first.rename(tmp_path / "old")
    corrected.rename(first)
    assert load(first, name) == 0
    assert [row for row in values(client, dataset) if row[1] == august] == [
        (3, august),
        (7, august),
    ]
    assert tables(client, dataset) == {"T"}  # no staging table


def test_an_empty_table_is_created_and_removes_the_rows_of_an_earlier_load(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    empty = table(N=pa.array([], pa.int32()))
    first = make_export(tmp_path / "BACKUP", {"T": table(N=[1]), "EMPTY": empty})
    assert load(first, name) == 0
    assert tables(client, dataset) == {"T", "EMPTY"}
    first.rename(tmp_path / "old")
    assert load(make_export(tmp_path / "BACKUP", {"T": empty}), name) == 0
    assert values(client, dataset) == []


def test_a_later_file_adds_columns_and_widens_types(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    first = make_export(tmp_path / "a" / "BACKUP", {"T": table(N=[1], GONE=["x"])})
    later = make_export(tmp_path / "b" / "BACKUP", {"T": table(N=[Decimal("2.50")], NEW=[b"\x00"])})
    assert load(first, name) == load(later, name, "--reference", "2025-09") == 0
    assert {field.name: field.field_type for field in client.get_table(dataset.table("T")).schema}[
        "NEW"
    ] == "BYTES"
    rows = {row["N"]: (row["GONE"], row["NEW"]) for row in stored(client, dataset, "T")}
    assert rows == {Decimal(1): ("x", None), Decimal("2.5"): (None, b"\x00")}
    assert load(first, name) == 0  # the narrower type again
    assert len(stored(client, dataset, "T")) == 2


def test_a_type_that_cannot_be_reconciled_fails_that_table_only(
    tmp_path: Path,
    client: Client,
    dataset: DatasetReference,
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = make_export(tmp_path / "a" / "BACKUP", {"T": table(N=["x"]), "U": table(N=[1])})
    later = make_export(tmp_path / "b" / "BACKUP", {"T": table(N=[1]), "U": table(N=[2])})
    assert load(first, name) == 0
    assert load(later, name, "--json") == 1
    output = capsys.readouterr()
    assert "T was not loaded: column N is STRING in the dataset and INT64 in this" in output.err
    result = json.loads(output.out)
    assert [found["table"] for found in result["failed"]] == ["T"]
    assert [found["table"] for found in result["tables"]] == ["U"]
    assert [row[0] for row in values(client, dataset, "T")] == ["x"]
    assert [row[0] for row in values(client, dataset, "U")] == [1, 2]


def test_names_become_valid_and_nested_arrays_become_json(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    nested = pa.array([[[1, 2], [3, 4]], None], pa.list_(pa.list_(pa.int32())))
    export = make_export(tmp_path / "BACKUP", {"AÇÃO": pa.table({"RDB$N": [1, 2], "A": nested})})
    assert load(export, name) == 0
    rows = stored(client, dataset, "ACAO")
    assert [(row["RDB_N"], row["A"]) for row in rows] == [(1, "[[1, 2], [3, 4]]"), (2, None)]
    stored_table = client.get_table(dataset.table("ACAO"))
    assert stored_table.friendly_name == "AÇÃO"
    assert stored_table.schema[0].description == "Firebird column RDB$N"


def test_the_month_the_names_of_columns_and_the_partitions_can_be_chosen(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    export = make_export(tmp_path / "BACKUP", {"T": table(N=[1])}, source="CNES_072025.GDB")
    assert load(export, name, "--added-columns", "mes,origem,carga", "--unpartitioned") == 0
    (row,) = stored(client, dataset, "T")
    assert row["mes"] == date(2025, 7, 1)
    assert row["origem"] == (tmp_path / "CNES_072025.GDB").as_uri()
    assert client.get_table(dataset.table("T")).time_partitioning is None
    assert load(export, f"{name}x") == 1
    other = make_export(tmp_path / "OTHER", {"U": table(N=[1])})
    assert load(other, name) == 0
    assert client.get_table(dataset.table("U")).time_partitioning.field == "data_particao"


def test_tables_of_an_export_can_not_be_selected(
    tmp_path: Path, client: Client, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    export = make_export(tmp_path / "BACKUP", {"T": table(N=[1])})
    assert load(export, name, "--tables", "T") == 2
    assert "--tables and --exclude are for databases" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["BACKUP.GDB", "d"], 2, "d is not PROJECT.DATASET"),
        (["BACKUP.GDB", "p.d", "--added-columns", "a,b"], 2, "three names"),
        (
            ["BACKUP.GDB", "p.d", "--added-columns", "a,b,á"],
            2,
            "'á', which is not a valid column name",
        ),
        (["BACKUP.GDB", "demo.missing"], 1, "demo:missing does not exist: bq mk --dataset"),
    ],
)
def test_refusals_are_one_line(
    arguments: list[str],
    code: int,
    message: str,
    client: Client,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["load", *arguments]) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]
