"""Compares record batches with the values that firebird-driver returns from the engine.

Texts and blobs are read as bytes and decoded here, because the driver decodes the text of columns
without a character set by the character set of the connection.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gdb_export
from gdb_export.arrow.implementation import IMPLEMENTATION, REFERENCE
from gdb_export.arrow.table_batches import MakeColumns, table_reader
from tests.engine import connect
from tests.engine.golden_csv import (
    BLOB,
    CAST_BY_ENGINE,
    TEXT,
    VARYING,
    TableWriter,
    as_windows_1252,
    codec,
    identifier,
    user_tables,
)
from tests.engine.raw_rows import RawColumn, read_blob, select

MAX_DECIMAL = 10**38 - 1  # of a decimal128


class EngineTable(TableWriter):
    """The values of a table, column by column."""

    def columns(self) -> Iterator[tuple[str, list[Any]]]:
        for index, (name, _, dimensions) in enumerate(self.fields):
            yield name.rstrip(" "), list(self.column(index, bool(dimensions)))

    def column(self, index: int, is_array: bool) -> Iterator[Any]:
        name, field_type, _ = self.fields[index]
        expression = identifier(name)
        is_cast = field_type in CAST_BY_ENGINE and not is_array
        if is_cast:
            expression = f"CAST({expression} AS VARCHAR(100))"
        sql = f"SELECT {expression} FROM {identifier(self.table)}"
        (raw_column,), rows = select(self.connection, sql)
        if raw_column.type in (TEXT, VARYING, BLOB):
            for (raw,) in rows:
                yield None if raw is None else self.bytes_or_text(raw_column, raw, is_cast)
            return
        with self.connection.cursor() as cursor:
            for (value,) in cursor.execute(sql):
                is_beyond = isinstance(value, int) and abs(value) > MAX_DECIMAL
                yield None if is_beyond else value

    def bytes_or_text(self, column: RawColumn, raw: bytes, is_cast: bool) -> str | bytes:
        if column.type == BLOB:
            content = read_blob(self.connection, raw)
        elif column.type == TEXT:
            content = raw[: column.length]
        else:
            content = raw[2 : 2 + int.from_bytes(raw[:2], "little")]
        charset = self.charsets[column.charset_id & 0xFF]
        if charset == "OCTETS" or (column.type == BLOB and column.sub_type != 1):
            return content
        if column.type == TEXT:
            content = content.rstrip(b" ")
        if is_cast:
            return content.decode().replace(".0000 ", " ")
        if charset in ("NONE", "ASCII"):
            return as_windows_1252(content)
        return content.decode(codec(charset), "replace")


def arrow_differences(path: Path) -> list[str]:
    """Describe the first difference of each column, for each implementation."""
    from firebird.driver import Isolation, tpb
    from firebird.driver.types import TPBItem

    copy = path.with_suffix(".engine")
    shutil.copyfile(path, copy)
    with connect(copy, charset="NONE") as connection:
        connection.main_transaction.default_tpb = tpb(Isolation.SNAPSHOT) + bytes(
            [TPBItem.IGNORE_LIMBO]
        )
        expected = {
            table: dict(EngineTable(connection, table).columns())
            for table in user_tables(connection)
        }
    copy.unlink()
    return [
        f"{make_columns.__name__}: {problem}"  # type: ignore[attr-defined]
        for make_columns in dict.fromkeys((REFERENCE, IMPLEMENTATION))
        for problem in column_differences(path, expected, make_columns)
    ]


def column_differences(
    path: Path, expected: dict[str, dict[str, list[Any]]], make_columns: MakeColumns
) -> Iterator[str]:
    with gdb_export.open(path) as db:
        if db.tables.keys() != expected.keys():
            yield f"tables {sorted(db.tables)}, not {sorted(expected)}"
        for name in sorted(db.tables.keys() & expected.keys()):
            table = db.tables[name]
            found = table_reader(
                table._opened,
                table._table,
                table._table.columns,
                table._decoder,
                table._begin,
                make_columns,
            ).read_all()
            if found.column_names != list(expected[name]):
                yield f"{name}: columns {found.column_names}, not {list(expected[name])}"
                continue
            for column, values in expected[name].items():
                got = found.column(column).to_pylist()
                if len(got) != len(values):
                    yield f"{name}.{column}: {len(got)} rows, not {len(values)}"
                for row, (want, value) in enumerate(zip(values, got, strict=False)):
                    if comparable(want) != comparable(value):
                        yield f"{name}.{column}, row {row}: want {want!r} got {value!r}"
                        break


def comparable(value: Any) -> Any:
    """Floats by their text, since NaN equals nothing; all other values as they are."""
    if isinstance(value, list):
        return [comparable(element) for element in value]
    return repr(value) if isinstance(value, float) else value
