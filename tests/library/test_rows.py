"""Rows as Python values hold the same values as the CSVs of the same tables."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

import gdb_export
from gdb_export.csv_rows.value_text import double_text, real_text

DATA = Path(__file__).parents[1] / "data"
DATABASES = sorted(path for path in DATA.glob("fb*/*.f[db][bk].gz"))


def as_text(value: object, column: gdb_export.Column) -> str:
    """A Python value as its CSV field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return real_text(value) if column.type == "FLOAT" else double_text(value)
    if isinstance(value, Decimal):
        return str(value) if column.type.startswith("DECFLOAT") else f"{value:f}"
    if isinstance(value, datetime):
        return f"{as_text(value.date(), column)} {as_text(value.time(), column)}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        text = value.isoformat(timespec="microseconds")
        whole, _, fraction = text.partition(".")
        return whole if fraction == "000000" else f"{whole}.{fraction[:4]}"
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def elements(value: object) -> Iterator[object]:
    for each in value if isinstance(value, list) else [value]:
        yield from elements(each) if isinstance(each, list) else [each]


def same_array(value: object, text: str, column: gdb_export.Column) -> bool:
    """The column's type names no element type: a float may be written as FLOAT or as DOUBLE."""
    decoded = list(elements(json.loads(text, parse_float=str, parse_int=str)))
    own = list(elements(value))
    return len(decoded) == len(own) and all(
        str(expected) in possible_texts(each, column)
        for expected, each in zip(decoded, own, strict=True)
    )


def possible_texts(value: object, column: gdb_export.Column) -> set[str]:
    if isinstance(value, bool):
        return {str(value)}
    both = {real_text(value), double_text(value)} if isinstance(value, float) else set()
    return both | {as_text(value, column)}


@pytest.mark.parametrize("path", DATABASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_rows_of_a_table_are_those_of_its_csv(path: Path, tmp_path: Path) -> None:
    database = gzip.decompress(path.read_bytes())
    csv.field_size_limit(1 << 30)
    with gdb_export.open(database) as db:
        db.export(tmp_path / "out.zip")
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            package = json.loads(archive.read("datapackage.json"))
            members = {each["name"]: each["path"] for each in package["resources"]}
            assert db.tables
            assert len(db.tables) == len(members)
            for (name, table), member in zip(db.tables.items(), members.values(), strict=True):
                text = archive.read(member).decode()
                compare(name, table, text)


def compare(name: str, table: gdb_export.Table, text: str) -> None:
    """NULL and the empty string are told apart by the quotes, which csv.reader drops: the fields
    are compared as text."""
    lines = csv.reader(io.StringIO(text, newline=""), lineterminator="\n")
    assert next(lines) == [column.name for column in table.columns]
    rows = list(table)
    fields = list(lines)
    assert len(rows) == len(fields), name
    for row, line in zip(rows, fields, strict=True):
        for value, field, column in zip(row, line, table.columns, strict=True):
            if isinstance(value, list):
                assert same_array(value, field, column), (name, column, value, field)
            else:
                expected = "" if value is None else as_text(value, column)
                assert field == expected, (name, column, value, field)


def test_unselected_columns_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    database = gzip.decompress((DATA / "fb15" / "blobs.fdb.gz").read_bytes())
    with gdb_export.open(database) as db:
        table = next(t for t in db.tables.values() if any("BLOB" in c.type for c in t.columns))
        kept = [column.name for column in table.columns if "BLOB" not in column.type]

        def fail(*_: object) -> bytes:
            raise AssertionError("a blob was read")

        monkeypatch.setattr("gdb_export.firebird.database.Database.blob", fail)
        rows = list(table.rows(kept))
        assert rows
        assert all(len(row) == len(kept) for row in rows)


def test_an_unknown_column_is_a_bad_option() -> None:
    database = gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes())
    with gdb_export.open(database) as db:
        table = next(iter(db.tables.values()))
        with pytest.raises(gdb_export.BadOption, match="has no column 'NO_SUCH'"):
            next(table.rows(["NO_SUCH"]))


def test_a_database_in_memory_needs_a_destination() -> None:
    database = gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes())
    with (
        gdb_export.open(database) as db,
        pytest.raises(gdb_export.BadOption, match="needs a destination"),
    ):
        db.export()


class Readable:
    """An object that reads at an offset."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def test_every_kind_of_source_gives_the_same_rows(tmp_path: Path) -> None:
    data = gzip.decompress((DATA / "fb50" / "texts.fdb.gz").read_bytes())
    path = tmp_path / "B.FDB"
    path.write_bytes(data)
    with path.open("rb") as file:
        sources = (path, str(path), data, bytearray(data), memoryview(data), Readable(data), file)
        found = []
        for source in sources:
            with gdb_export.open(source) as db:
                found.append({name: list(table) for name, table in db.tables.items()})
    assert all(each == found[0] for each in found)
    assert sum(map(len, found[0].values())) > 6


def test_damage_is_a_warning_that_names_the_place() -> None:
    data = bytearray(gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes()))
    with gdb_export.open(data) as db:
        table = max(db.tables.values(), key=lambda each: each.estimated_rows)
        intact = list(table)
        page_size = db.page_size
        numbers = [n for _, n in table._opened.plan(table._table).chunks().__next__().locations]
    data[numbers[0] * page_size : (numbers[0] + 1) * page_size] = bytes(page_size)
    with gdb_export.open(data) as db:
        rows = list(db.tables[table.name])
        assert len(rows) < len(intact)
        assert any(f"page {numbers[0]}" in warning for warning in db.warnings), db.warnings


def test_bytes_that_are_no_database_are_refused() -> None:
    with pytest.raises(gdb_export.NotADatabase):
        gdb_export.open(b"PK\3\4 this is a ZIP file" + bytes(1000))
