"""Exports for spreadsheets, and UUIDs with dashes."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from gdb_export.cli.errors import USAGE
from gdb_export.csv_rows import IMPLEMENTATION, REFERENCE
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from tests.csv_rows.whole_export import exported_zip
from tests.export.golden import DATA, exported_tables, golden_tables, unpack
from tests.firebird.database_builder import DatabaseBuilder

UUID = bytes(range(16))
COLUMNS = [
    ("ID", Descriptor(Dtype.TEXT, length=16, sub_type=OCTETS, offset=4)),
    ("SHORT", Descriptor(Dtype.TEXT, length=4, sub_type=OCTETS, offset=20)),
    ("V", Descriptor(Dtype.VARYING, length=18, sub_type=OCTETS, offset=24)),
]


def with_uuids() -> DatabaseBuilder:
    """A database with a row of UUIDs and a row of nulls."""
    builder = DatabaseBuilder((13, 1), 4096)
    row = bytes(4) + UUID + b"\1\2\3\4" + pack("<H", 16) + UUID
    builder.table("U", [row, b"\7" + bytes(len(row) - 1)], COLUMNS)
    return builder


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        content: dict[str, Any] = json.loads(archive.read("datapackage.json"))
        return content


@pytest.fixture
def uuids(tmp_path: Path) -> Path:
    path = tmp_path / "uuids.fdb"
    path.write_bytes(with_uuids().build())
    return path


def test_only_columns_of_16_octets_are_uuids(uuids: Path) -> None:
    assert main(["export", str(uuids), "--binary", "uuid"]) == 0
    rows = exported_tables(uuids.with_suffix(".zip"))["U"].splitlines()
    text = "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert rows[1].decode() == f"{text},01020304,{UUID.hex()}"
    assert rows[2] == b",,"
    fields = manifest(uuids.with_suffix(".zip"))["resources"][0]["schema"]["fields"]
    assert [field["x-encoding"] for field in fields] == ["uuid", "hex", "hex"]
    assert [field.get("format") for field in fields] == ["uuid", None, None]


@pytest.mark.parametrize("name", ["fb15/cnes", "fb15/types", "fb40/types"])
def test_the_dialect_for_excel_has_every_cell_of_a_database(name: str, tmp_path: Path) -> None:
    """The golden cells; only decimal commas, protected texts and empty cells differ."""
    packed = DATA / f"{name}.fdb.gz"
    source = unpack(packed, tmp_path)
    assert main(["export", str(source), "--dialect", "excel"]) == 0
    exported = exported_tables(source.with_suffix(".zip"))
    for table, golden in golden_tables(packed).items():
        data = exported[table]
        assert data.startswith(b"\xef\xbb\xbf")
        excel = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        plain = list(csv.reader(io.StringIO(golden.decode(), newline="")))
        assert len(excel) == len(plain)
        for shown, cells in zip(excel[1:], plain[1:], strict=True):
            # a NULL in a table of one column is an empty line
            assert [_plain(cell) for cell in shown or [""]] == [_plain(cell) for cell in cells]
    resources = manifest(source.with_suffix(".zip"))["resources"]
    assert all(resource["dialect"]["delimiter"] == ";" for resource in resources)
    assert manifest(source.with_suffix(".zip"))["x-options"]["dialect"] == "excel"


def _plain(cell: str) -> str:
    """The cell without its protection, and with points for commas."""
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1].replace('""', '"')
    return cell.removeprefix("'").replace(",", ".")


def test_both_implementations_give_the_same_bytes(tmp_path: Path) -> None:
    all_options: tuple[dict[str, Any], ...] = ({"dialect": "excel"}, {"binary": "uuid"})
    for options in all_options:
        for data in (with_uuids().build(), _unpacked("fb15/types"), _unpacked("fb40/types")):
            zips = [
                exported_zip(data, implementation, **options)
                for implementation in (IMPLEMENTATION, REFERENCE)
            ]
            assert zips[0] == zips[1]


def _unpacked(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


def test_excel_is_no_dialect_of_parquet(uuids: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    assert main(["export", str(uuids), "--format", "parquet", "--dialect", "excel"]) == USAGE
    assert "dialect: excel is a dialect of CSV" in capsys.readouterr().err
