"""Descriptions and keys in the metadata of Arrow schemas and Parquet files."""

import json
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gdb_export
from tests.engine.backups import back_up
from tests.firebird.definitions.library_catalogue import SCRIPT


@pytest.fixture(scope="module")
def library(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("library") / "library.fdb"
    with engine.create(path, charset="UTF8") as connection:
        engine.run_script(connection, SCRIPT)
    back_up(path, path.with_suffix(".fbk"))
    return path


def check_book(schema: pa.Schema) -> None:
    assert schema.metadata[b"description"].decode() == "Livros e preços"
    assert json.loads(schema.metadata[b"primary_key"]) == ["id"]
    (key,) = json.loads(schema.metadata[b"foreign_keys"])
    assert key == {"columns": ["AUTHOR_ID"], "table": "AUTHOR", "referenced_columns": ["ID"]}
    assert schema.field("id").metadata[b"primary_key"] == b"1"
    assert schema.field("AUTHOR_ID").metadata[b"references"] == b"AUTHOR.ID"
    price = schema.field("PRICE").metadata
    assert price[b"description"] == b"In reais"
    assert price[b"firebird_type"].startswith(b"NUMERIC")


@pytest.mark.parametrize("suffix", [".fdb", ".fbk"])
def test_descriptions_and_keys_are_in_the_metadata(library: Path, suffix: str) -> None:
    with gdb_export.open(library.with_suffix(suffix)) as db:
        book, author = (db.tables[name].arrow().schema for name in ("BOOK", "AUTHOR"))
        check_book(book)
        assert json.loads(author.metadata[b"unique_keys"]) == [["NAME", "CODE"]]
        part = db.tables["AUTHOR"].arrow(["NAME"])
        assert b"unique_keys" not in (part.schema.metadata or {})
        assert part.read_all().column_names == ["NAME"]


@pytest.mark.parametrize("formats", ["parquet", "csv,parquet"])
def test_they_are_in_the_parquet_files(library: Path, tmp_path: Path, formats: str) -> None:
    with gdb_export.open(library) as db:
        exported = db.export(tmp_path / "out.zip", format=formats)
    folder = Path(exported.folder or exported.location)
    check_book(pq.read_schema(folder / "BOOK.parquet"))
