"""The manifest: tables, damage and options; the same export gives the same bytes."""

import io
import json
import zipfile
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.data.databases import database_bytes
from tests.export.in_memory import MemoryDestination
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import zeroed


def zipped(data: bytes, **options: Any) -> bytes:
    destination = MemoryDestination()
    modified_at = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    source_info = SourceInfo("Minha Base.GDB", len(data), "1234567", modified_at)
    export(MemorySource(data), source_info, destination, ExportOptions(**options), Progress())
    assert destination.zip is not None
    return destination.zip


def manifest_of(data: bytes, **options: Any) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(zipped(data, **options))) as archive:
        assert archive.namelist()[-1] == "datapackage.json"
        loaded: dict[str, Any] = json.loads(archive.read("datapackage.json"))
        return loaded


def database(*names: str) -> bytes:
    """A database with tables of these names."""
    builder = DatabaseBuilder((10, 1), 4096)
    for name in names:
        builder.table(name, [integer_row(1, 2), integer_row(3, None)])
    return builder.build()


def test_the_source_is_described() -> None:
    manifest = manifest_of(database("T"))
    assert manifest["name"] == "minha-base.gdb"
    assert manifest["created"] == "2024-05-06T07:08:09Z"
    assert manifest["x-source"] == {
        "name": "Minha Base.GDB",
        "bytes": len(database("T")),
        "generation": "1234567",
        "modified": "2024-05-06T07:08:09Z",
        "ods": "10.1",
        "page-size": 4096,
        "dialect": 3,
        "default-charset": "NONE",
    }


def test_each_table_has_its_rows_bytes_and_checksum() -> None:
    (resource,) = manifest_of(database("T"))["resources"]
    csv = b"A,B\n1,2\n3,\n"
    assert resource["path"] == "T.csv"
    assert (resource["rows"], resource["bytes"]) == (2, len(csv))
    assert resource["hash"] == f"crc32:{zlib.crc32(csv):08x}"
    assert [field["name"] for field in resource["schema"]["fields"]] == ["A", "B"]
    assert resource["schema"]["fields"][0] == {
        "name": "A",
        "type": "integer",
        "x-firebird-type": "INTEGER",
    }


@pytest.mark.parametrize("name", ["fb15/types", "fb15/evolve", "fb50/texts"])
def test_checksums_and_sizes_are_those_of_the_members(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(database_bytes(name)))) as archive:
        for resource in json.loads(archive.read("datapackage.json"))["resources"]:
            content = archive.read(resource["path"])
            assert resource["bytes"] == len(content)
            assert resource["hash"] == f"crc32:{zlib.crc32(content):08x}"


def test_the_names_of_resources_are_unique() -> None:
    names = [
        resource["name"]
        for resource in manifest_of(database("Ação", "A-O", "a-o", "日本"))["resources"]
    ]
    assert len(set(names)) == 4
    assert all(name == name.lower() and " " not in name for name in names)


def test_the_names_in_bigquery_are_listed() -> None:
    resources = manifest_of(database("CLIENT", "Ação", "client"))["resources"]
    names = {resource["title"]: resource["x-bigquery"] for resource in resources}
    assert names["CLIENT"] == {"table": "CLIENT"}
    assert names["Ação"] == {"table": "Acao"}
    assert names["client"]["table"].startswith("client_")


def test_names_that_differ_only_by_case_are_a_warning() -> None:
    manifest = manifest_of(database("client", "CLIENT"))
    assert manifest["x-warnings"] == ["the names of CLIENT, client differ only by case"]


def test_damage_has_page_slot_and_reason() -> None:
    manifest = manifest_of(zeroed(database_bytes("fb15/evolve"), 153))
    assert manifest["x-damage"] == {
        "count": 1,
        "places": [
            {
                "table": "E1",
                "page": 153,
                "slot": None,
                "reason": "a data page is expected here, found an unformatted page",
            }
        ],
    }


def test_the_same_export_is_the_same_bytes_for_any_number_of_workers() -> None:
    data = database_bytes("fb15/evolve")
    assert len({zipped(data, workers=workers) for workers in (1, 2, 5)}) == 1


def test_the_options_are_listed() -> None:
    manifest = manifest_of(database("T"), charset="WIN1250", compression=9)
    assert manifest["x-options"]["charset"] == "WIN1250"
    assert manifest["x-options"]["compression"] == 9
