"""The statements of `gdb-export ddl --for bigquery`, run by the emulator.

The script for a shell is run by a shell whose `bq` records its arguments; a client does what they
say. The emulator does not know keys that are not enforced, so they are left out.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from google.cloud.bigquery import Client, DatasetReference, LoadJobConfig, QueryJobConfig

from gdb_export.cli.command_line import main
from local.bigquery.emulator import BigQueryEmulator
from tests.bigquery.conftest import unpacked

DATA = Path(__file__).parents[1] / "data"
RECORDING_BQ = """#!/bin/sh
for argument in "$@"; do printf '%s\\0' "$argument"; done >> "$RECORD"
printf '\\0' >> "$RECORD"
"""


def recorded_commands(script: str, folder: Path, **variables: str) -> list[list[str]]:
    """The arguments of each call of `bq` in a script."""
    command = folder / "bin" / "bq"
    command.parent.mkdir()
    command.write_text(RECORDING_BQ)
    command.chmod(0o755)
    record = folder / "record"
    environment = {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "RECORD": str(record),
        **variables,
    }
    subprocess.run(["sh", "-eu"], input=script, text=True, env=environment, check=True)
    calls = record.read_text().removesuffix("\0\0").split("\0\0")
    return [call.split("\0") for call in calls]


def run_sql(client: Client, dataset: DatasetReference, sql: str) -> None:
    if sql.startswith("ALTER TABLE"):
        assert re.search(r"ADD CONSTRAINT `\w+` FOREIGN KEY \([`\w, ]+\) REFERENCES .* NOT", sql)
        return
    without_key = re.sub(r",\n  PRIMARY KEY \([`\w, ]+\) NOT ENFORCED\n", "\n", sql)
    client.query(without_key, QueryJobConfig(default_dataset=dataset)).result()


def run(client: Client, dataset: DatasetReference, arguments: list[str]) -> None:
    """Do what `bq` does with these arguments."""
    verb, *options = arguments
    if verb == "query":
        assert options[:-1] == ["--quiet", "--use_legacy_sql=false"]
        run_sql(client, dataset, options[-1])
        return
    assert verb == "load"
    *flags, target, sources = options
    assert flags[0] in ("--source_format=CSV", "--source_format=PARQUET")
    config = LoadJobConfig(source_format=flags[0].partition("=")[2])
    if config.source_format == "CSV":
        assert flags[1:3] == ["--skip_leading_rows=1", "--allow_quoted_newlines"]
        config.skip_leading_rows, config.allow_quoted_newlines = 1, True
    table = client.get_table(f"{client.project}.{target}")
    config.schema = table.schema
    config.write_disposition = "WRITE_APPEND"
    client.load_table_from_uri(sources.split(","), table, job_config=config).result()


@pytest.mark.parametrize("name", ["interbase/employee_13_2", "fb50/odd_names"])
def test_the_statements_create_the_tables(
    name: str,
    tmp_path: Path,
    client: Client,
    dataset: DatasetReference,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = unpacked(DATA / f"{name}.fdb.gz", tmp_path)
    assert main(["export", str(source), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["ddl", str(source.with_suffix(".zip")), "--for", "bigquery"]) == 0
    statements = [text for text in capsys.readouterr().out.split(";\n") if text.strip()]
    for statement in statements:
        run_sql(client, dataset, statement)
    created = sum(statement.startswith("CREATE") for statement in statements)
    assert len(list(client.list_tables(dataset))) == created > 1


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_script_loads_the_files_twice_without_harm(
    format: str,
    tmp_path: Path,
    bigquery: BigQueryEmulator,
    client: Client,
    dataset: DatasetReference,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = unpacked(DATA / "interbase" / "employee_13_2.fdb.gz", tmp_path)
    folder = bigquery.buckets / dataset.dataset_id / "out"
    selected = ["--tables", "COUNTRY,JOB,SALARY_HISTORY"]
    export = ["export", str(source), "--quiet", "--format", format, *selected]
    exported = tmp_path / ("a.zip" if format == "csv" else "a")
    assert main([*export, str(exported)]) == 0
    if format == "csv":
        shutil.unpack_archive(exported, folder)
    else:
        shutil.copytree(exported, folder)
    capsys.readouterr()
    assert main(["ddl", str(exported), "--for", "bigquery", "--load"]) == 0
    script = capsys.readouterr().out
    bucket = f"gs://{dataset.dataset_id}/out"
    commands = recorded_commands(script, tmp_path, DATASET=dataset.dataset_id, FOLDER=bucket)
    for _ in range(2):
        for arguments in commands:
            run(client, dataset, arguments)
    sql = "SELECT (SELECT COUNT(*) FROM COUNTRY), (SELECT COUNT(*) FROM SALARY_HISTORY)"
    ((countries, salaries),) = client.query(sql, QueryJobConfig(default_dataset=dataset)).result()
    assert (countries, salaries) == (14, 49)
    country = client.get_table(dataset.table("COUNTRY"))
    assert [field.name for field in country.schema] == ["COUNTRY", "CURRENCY"]
