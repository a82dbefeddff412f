"""The rows of the library have the values of the exported CSVs."""

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
    """The elements of an array in storage order."""
    if isinstance(value, list):
        for nested in value:
            yield from elements(nested)
    else:
        yield value


def is_same_array(value: object, text: str, column: gdb_export.Column) -> bool:
    """Whether a CSV field holds the elements of an array."""
    expected_texts = list(elements(json.loads(text, parse_float=str, parse_int=str)))
    actual = list(elements(value))
    return len(expected_texts) == len(actual) and all(
        str(expected) in possible_texts(element, column)
        for expected, element in zip(expected_texts, actual, strict=True)
    )


def possible_texts(value: object, column: gdb_export.Column) -> set[str]:
    """The texts of an element; a float has two, as the column does not tell FLOAT from DOUBLE."""
    if isinstance(value, bool):
        return {str(value)}
    if isinstance(value, float):
        return {real_text(value), double_text(value)}
    return {as_text(value, column)}


@pytest.mark.parametrize("path", DATABASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_rows_of_a_table_are_those_of_its_csv(path: Path, tmp_path: Path) -> None:
    database = gzip.decompress(path.read_bytes())
    csv.field_size_limit(1 << 30)
    with gdb_export.open(database) as db:
        db.export(tmp_path / "out.zip")
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            manifest = json.loads(archive.read("datapackage.json"))
            members = {table["name"]: table["path"] for table in manifest["resources"]}
            assert db.tables
            assert len(db.tables) == len(members)
            for (name, table), member in zip(db.tables.items(), members.values(), strict=True):
                text = archive.read(member).decode()
                compare(name, table, text)


def compare(name: str, table: gdb_export.Table, text: str) -> None:
    """Compare a table with its CSV.

    NULL and the empty string are not distinguished, as csv.reader drops the quotes.
    """
    csv_rows = csv.reader(io.StringIO(text, newline=""), lineterminator="\n")
    assert next(csv_rows) == [column.name for column in table.columns]
    rows = list(table)
    expected_rows = list(csv_rows)
    assert len(rows) == len(expected_rows), name
    for row, fields in zip(rows, expected_rows, strict=True):
        for value, field, column in zip(row, fields, table.columns, strict=True):
            if isinstance(value, list):
                assert is_same_array(value, field, column), (name, column, value, field)
            else:
                expected = "" if value is None else as_text(value, column)
                assert field == expected, (name, column, value, field)


def test_unselected_columns_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    database = gzip.decompress((DATA / "fb15" / "blobs.fdb.gz").read_bytes())
    with gdb_export.open(database) as db:
        table = next(
            table
            for table in db.tables.values()
            if any("BLOB" in column.type for column in table.columns)
        )
        other_columns = [column.name for column in table.columns if "BLOB" not in column.type]

        def fail(*_: object) -> bytes:
            raise AssertionError("a blob was read")

        monkeypatch.setattr("gdb_export.firebird.database.Database.blob", fail)
        rows = list(table.rows(other_columns))
        assert rows
        assert all(len(row) == len(other_columns) for row in rows)


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
    """A source with the interface that `gdb_export.open` documents."""

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
        rows_by_source = []
        for source in sources:
            with gdb_export.open(source) as db:
                rows_by_source.append({name: list(table) for name, table in db.tables.items()})
    assert all(rows == rows_by_source[0] for rows in rows_by_source)
    assert sum(map(len, rows_by_source[0].values())) > 6


def test_damage_is_a_warning_that_names_the_page() -> None:
    data = bytearray(gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes()))
    with gdb_export.open(data) as db:
        table = max(db.tables.values(), key=lambda table: table.estimated_rows)
        undamaged_rows = list(table)
        page_size = db.page_size
        first_chunk = next(table._opened.plan(table._table).chunks())
        page_number = first_chunk.locations[0][1]
    data[page_number * page_size : (page_number + 1) * page_size] = bytes(page_size)
    with gdb_export.open(data) as db:
        rows = list(db.tables[table.name])
        assert len(rows) < len(undamaged_rows)
        assert any(f"page {page_number}" in warning for warning in db.warnings), db.warnings


def test_a_zip_file_is_not_a_database() -> None:
    with pytest.raises(gdb_export.NotADatabase):
        gdb_export.open(b"PK\3\4 this is a ZIP file" + bytes(1000))
