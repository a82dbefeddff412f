"""Keys and descriptions in the manifest, which the frictionless library reads."""

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.data.databases import DATA, database_bytes
from tests.export.test_manifest import manifest_of
from tests.firebird.definitions.library_catalogue import SCRIPT

NAMES = sorted(
    str(path.relative_to(DATA)).removesuffix(".fdb.gz") for path in DATA.glob("*/*.fdb.gz")
)


@pytest.fixture(scope="module")
def frictionless() -> Any:
    if os.environ.get("CI"):
        import frictionless as library

        return library
    return pytest.importorskip("frictionless")


@pytest.fixture(scope="module")
def library(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("library") / "library.fdb"
    with engine.create(path, charset="UTF8") as connection:
        engine.run_script(connection, SCRIPT)
    return path.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_frictionless_accepts_the_descriptor(name: str, frictionless: Any) -> None:
    """The library would refuse names that begin with `$` or have two escapes, unless it trusts the
    descriptor."""
    descriptor = manifest_of(database_bytes(name))
    with frictionless.system.use_context(trusted=True):
        read = frictionless.Package.from_descriptor(descriptor)
    assert [resource.title for resource in read.resources] == [
        resource["title"] for resource in descriptor["resources"]
    ]


def test_frictionless_reads_the_keys(library: bytes, frictionless: Any) -> None:
    read = frictionless.Package.from_descriptor(manifest_of(library))
    schemas = {resource.title: resource.schema for resource in read.resources}
    assert schemas["AUTHOR"].primary_key == ["ID"]
    (key,) = schemas["BOOK"].foreign_keys
    assert (key["fields"], key["reference"]["resource"]) == (["AUTHOR_ID"], "author")
    assert read.description == "A library"
    assert read.get_resource("book").description == "Livros e preços"
    assert schemas["BOOK"].get_field("PRICE").description == "In reais"


def test_keys_checks_indices_and_defaults_are_in_the_manifest(library: bytes) -> None:
    manifest = manifest_of(library)
    author, book = manifest["resources"]
    assert author["schema"]["uniqueKeys"] == [["NAME", "CODE"]]
    assert author["x-unique-key-names"] == ["AUTHOR_NAME"]
    assert book["x-checks"] == [{"name": "POSITIVE", "source": "CHECK (PRICE > 0)"}]
    assert {"name": "BY_PRICE", "fields": ["PRICE"], "descending": True} in book["x-indices"]
    price = next(field for field in book["schema"]["fields"] if field["name"] == "PRICE")
    assert price["x-default"] == "DEFAULT 9.90"
    assert manifest["x-domains"][0]["name"] == "CODE"
    assert manifest["x-sequence-values"] == {"BOOK_NUMBERS": 95}


def test_a_foreign_key_to_a_table_that_is_not_exported_is_no_reference(library: bytes) -> None:
    (book,) = manifest_of(library, tables=("BOOK",))["resources"]
    assert "foreignKeys" not in book["schema"]
    assert book["x-foreign-keys"][0]["table"] == "AUTHOR"
