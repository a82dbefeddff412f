"""From a dropped database to its folder of Parquet files, compared with the library's rows."""

import io
import json
import zlib

import pyarrow.parquet as pq

import gdb_export
from gdb_export.contract.job_document import Status
from tests.end_to_end.console import Console, database


def download(console: Console, name: str) -> bytes:
    data: bytes = console.bucket.blob(name).download_as_bytes()
    return data


def test_the_parquet_of_an_upload_has_the_library_s_rows(console: Console) -> None:
    content = database("evolve")
    blob = console.upload("typed/BACKUP.GDB", content, **{"export-format": "parquet"})
    document = console.until_final(blob)
    assert document["status"] == Status.SUCCESS, document["result"]
    assert document["result"]["output"] == "gs://uploads/typed/BACKUP/"
    package = json.loads(download(console, "typed/BACKUP/datapackage.json"))
    paths = [resource["path"] for resource in package["resources"]]
    assert console.names("typed/") == sorted(
        ["typed/BACKUP.GDB", *(f"typed/BACKUP/{path}" for path in [*paths, "datapackage.json"])]
    )
    with gdb_export.open(content) as db:
        assert [resource["title"] for resource in package["resources"]] == list(db.tables)
        for resource in package["resources"]:
            data = download(console, f"typed/BACKUP/{resource['path']}")
            assert resource["bytes"] == len(data)
            assert resource["hash"] == f"crc32:{zlib.crc32(data):08x}"
            table = pq.read_table(io.BytesIO(data))
            assert table.num_rows == resource["rows"]
            assert rows(table) == [tuple(map(str, row)) for row in db.tables[resource["title"]]]


def rows(table: "pq.pa.Table") -> list[tuple[str, ...]]:
    return [tuple(map(str, row.values())) for row in table.to_pylist()]
