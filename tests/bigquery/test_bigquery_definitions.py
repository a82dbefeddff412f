"""Descriptions, primary keys and names of tables that are loaded again and again."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.cloud.bigquery import Client, DatasetReference, Table

from gdb_export.cli.command_line import main
from tests.bigquery.conftest import unpacked
from tests.bigquery.made_export import make_export
from tests.bigquery.stored_rows import stored, tables

DATA = Path(__file__).parents[1] / "data"
KEY = ["data_particao", "_source_file"]


class Months:
    """Loads one file after the other into a dataset, each as a month of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._month = 0

    def load(self, tables: dict[str, pa.Table], **definitions: Any) -> None:
        self._month += 1
        folder = self._folder / str(self._month) / "BACKUP"
        make_export(folder, tables, definitions=definitions)
        month = f"2025-{self._month:02}"
        assert main(["load", str(folder), self._name, "--quiet", "--reference", month]) == 0


@pytest.fixture
def months(tmp_path: Path, name: str, client: Client) -> Months:
    return Months(tmp_path, name)


def key_of(table: Table) -> list[str] | None:
    constraints = table.table_constraints
    return constraints.primary_key.columns if constraints and constraints.primary_key else None


def test_the_tables_of_a_database_have_its_keys_and_those_of_each_month(
    tmp_path: Path, client: Client, dataset: DatasetReference, name: str
) -> None:
    source = unpacked(DATA / "interbase" / "employee_13_2.fdb.gz", tmp_path)
    for month in ("2025-08", "2025-09"):
        load = ["load", str(source), name, "--quiet", "--reference", month]
        assert main([*load, "--tables", "COUNTRY,SALARY_HISTORY"]) == 0
        assert key_of(client.get_table(dataset.table("COUNTRY"))) == [*KEY, "COUNTRY"]
        history = key_of(client.get_table(dataset.table("SALARY_HISTORY")))
        assert history == [*KEY, "EMP_NO", "CHANGE_DATE", "UPDATER_ID"]


def resource(description: str, key: list[str], **columns: str) -> dict[str, Any]:
    fields = [{"name": name, "description": text} for name, text in columns.items()]
    return {"description": description, "schema": {"fields": fields, "primaryKey": key}}


def test_descriptions_in_the_dataset_stay_and_missing_ones_are_added(
    months: Months, client: Client, dataset: DatasetReference
) -> None:
    table = pa.table({"ID": [1], "NAME": ["x"]})
    months.load({"T": table})
    found = client.get_table(dataset.table("T"))
    assert (found.description, found.schema[0].description) == (None, None)
    months.load({"T": table}, T=resource("All names", [], ID="Number", NAME="Name"))
    found = client.get_table(dataset.table("T"))
    assert found.description == "All names"
    assert [field.description for field in found.schema[:2]] == ["Number", "Name"]
    found.description = "By hand"
    client.update_table(found, ["description"])
    more = pa.table({"ID": [1], "NAME": ["x"], "ÁREA": ["y"]})
    months.load({"T": more}, T=resource("Other", [], ID="Other", ÁREA="Area"))
    found = client.get_table(dataset.table("T"))
    assert found.description == "By hand"
    texts = {field.name: field.description for field in found.schema}
    assert texts["ID"] == "Number"
    assert texts["AREA"] == "Firebird column ÁREA: Area"


def test_a_key_that_does_not_hold_for_a_later_file_is_removed(
    months: Months, client: Client, dataset: DatasetReference
) -> None:
    table = pa.table({"A": [1], "B": [2], "F": [0.5]})
    months.load(
        {"T": table, "U": table, "V": table},
        T=resource("", ["A", "B"]),
        U=resource("", ["F"]),  # a type that BigQuery has in no key
        V=resource("", ["A"]) | {"x-replaced-characters": {"A": 1}},
    )
    assert key_of(client.get_table(dataset.table("T"))) == [*KEY, "A", "B"]
    assert key_of(client.get_table(dataset.table("U"))) is None
    assert key_of(client.get_table(dataset.table("V"))) is None
    months.load({"T": table}, T=resource("", ["A"]))  # the larger key holds as well
    assert key_of(client.get_table(dataset.table("T"))) == [*KEY, "A", "B"]
    months.load({"T": table}, T=resource("", ["F"]))
    assert key_of(client.get_table(dataset.table("T"))) is None
    assert len(stored(client, dataset, "T")) == 3


def test_tables_and_columns_keep_their_names_whatever_other_names_come(
    months: Months, client: Client, dataset: DatasetReference
) -> None:
    months.load({"AÇÃO": pa.table({"NÃO": [1]}), "Nome": pa.table({"Ano": [1]})})
    months.load(
        {
            "AÇÃO": pa.table({"NÃO": [2], "NAO": [20]}),
            "ACAO": pa.table({"N": [3]}),
            "Nome": pa.table({"Ano": [2], "ANO": [20]}),
            "NOME": pa.table({"N": [3]}),
        }
    )
    months.load({"ACAO": pa.table({"N": [4]}), "AÇÃO": pa.table({"NAO": [30]})})
    others = tables(client, dataset) - {"ACAO", "Nome"}
    assert sorted(other.split("_")[0] for other in others) == ["ACAO", "NOME"]
    action = stored(client, dataset, "ACAO")
    other_column = next(name for name in action[0] if name.startswith("NAO_"))
    assert [(row["NAO"], row[other_column]) for row in action] == [(1, None), (2, 20), (None, 30)]
    other_action = next(other for other in others if other.startswith("ACAO_"))
    assert [row["N"] for row in stored(client, dataset, other_action)] == [3, 4]
    named = stored(client, dataset, "Nome")
    assert [row["Ano"] for row in named] == [1, 2]
    assert {value for name, value in named[1].items() if name.startswith("ANO_")} == {20}


def test_a_table_with_a_friendly_name_by_hand_is_still_that_of_the_database(
    months: Months, client: Client, dataset: DatasetReference
) -> None:
    months.load({"T": pa.table({"N": [1]})})
    table = client.get_table(dataset.table("T"))
    table.friendly_name = "All the names"
    client.update_table(table, ["friendly_name"])
    months.load({"T": pa.table({"N": [2]})})
    assert tables(client, dataset) == {"T"}
    assert [row["N"] for row in stored(client, dataset, "T")] == [1, 2]
