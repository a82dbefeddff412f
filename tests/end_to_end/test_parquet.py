"""From a dropped database to its folder of Parquet files, compared with the library's rows."""

import io
import json
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gdb_export
from gdb_export.contract.job_document import Status
from local.faults import Fault, FaultRule
from tests.end_to_end.console import Console, database


def download(console: Console, name: str) -> bytes:
    data: bytes = console.bucket.blob(name).download_as_bytes()
    return data


def rows(table: pa.Table) -> list[tuple[str, ...]]:
    return [tuple(map(str, row.values())) for row in table.to_pylist()]


def check_folder(console: Console, folder: str, content: bytes) -> set[str]:
    """Compare each file with the manifest and with the rows of the table. Return their names."""
    package = json.loads(download(console, f"{folder}datapackage.json"))
    names = {f"{folder}datapackage.json"}
    with gdb_export.open(content) as db:
        assert [resource["title"] for resource in package["resources"]] == list(db.tables)
        for resource in package["resources"]:
            name = f"{folder}{resource['path']}"
            names.add(name)
            data = download(console, name)
            assert resource["bytes"] == len(data)
            assert resource["hash"] == f"crc32:{zlib.crc32(data):08x}"
            table = pq.read_table(io.BytesIO(data))
            assert table.num_rows == resource["rows"]
            assert rows(table) == [tuple(map(str, row)) for row in db.tables[resource["title"]]]
    return names


def test_the_parquet_of_an_upload_has_the_library_s_rows(console: Console) -> None:
    content = database("evolve")
    blob = console.upload("typed/BACKUP.GDB", content, **{"export-format": "parquet"})
    stored = console.stack.storage.buckets.get("uploads").get(blob.name)
    console.stack.storage.events.repeat(stored, copies=5)
    document = console.until_final(blob)
    assert document["status"] == Status.SUCCESS, document["result"]
    assert document["result"]["output"] == "gs://uploads/typed/BACKUP/"
    console.until_idle()
    assert len(console.executions(blob)) == 1
    files = check_folder(console, "typed/BACKUP/", content)
    assert set(console.names("typed/")) == {"typed/BACKUP.GDB", *files}


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_a_job_that_is_killed_while_files_get_their_names_ends_in_one_result(
    copies: int, console: Console
) -> None:
    """The ZIP is complete by then: the next attempt adopts it, and writes the folder."""
    content = database("evolve")
    name = f"killed {copies}/BACKUP"
    faults = console.stack.faults
    faults.clear()
    faults.add(FaultRule("objects.rewrite", Fault("kill before"), skip=copies))
    try:
        blob = console.upload(f"{name}.GDB", content, **{"export-format": "csv,parquet"})
        document = console.until_final(blob)
    finally:
        faults.clear()
    assert document["status"] == Status.SUCCESS, document["result"]
    assert document["result"]["output"] == f"gs://uploads/{name}.zip"
    assert document["result"]["folder"] == f"gs://uploads/{name}/"
    console.until_idle()
    assert console.executions(blob)[0].tasks[0].attempts == [-9, 0]
    files = check_folder(console, f"{name}/", content)
    assert set(console.names(f"killed {copies}/")) == {f"{name}.GDB", f"{name}.zip", *files}
    assert console.names(f".parts/{document['task_id']}") == []
