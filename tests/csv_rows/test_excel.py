"""The dialect for Excel: what a double click on the CSV shows."""

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.csv_rows.excel import ExcelLines
from gdb_export.csv_rows.lines import csv_line
from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

TEXT = Column("T", 0, Descriptor(Dtype.VARYING, length=100))
TYPES = {
    "text": TEXT,
    "integer": Column("I", 0, Descriptor(Dtype.INT64, length=8)),
    "numeric": Column("N", 0, Descriptor(Dtype.INT64, scale=-2, length=8)),
    "double": Column("D", 0, Descriptor(Dtype.DOUBLE, length=8)),
    "decfloat": Column("F", 0, Descriptor(Dtype.DEC128, length=16)),
    "date": Column("A", 0, Descriptor(Dtype.DATE, length=4)),
    "timestamp": Column("S", 0, Descriptor(Dtype.TIMESTAMP, length=8)),
}


def converted(
    columns: list[Column], rows: Iterable[list[str | None]], piece_bytes: int = 0
) -> bytes:
    """The CSV for Excel, made from the CSV in pieces of `piece_bytes`, by default in one piece."""
    data = b"".join(csv_line(row).encode() for row in rows)
    piece_bytes = piece_bytes or len(data) or 1
    pieces = [data[start : start + piece_bytes] for start in range(0, len(data), piece_bytes)]
    return b"".join(ExcelLines(columns).lines(pieces))


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("text", "ATENÇÃO", "ATENÇÃO"),
        ("text", "05", '="05"'),
        ("text", "2077485", '="2077485"'),
        ("text", "1-2", '="1-2"'),
        ("text", "1E5", '="1E5"'),
        ("text", "12:30", '="12:30"'),
        ("text", "1.234,50", '="1.234,50"'),
        ("text", "3 mar", '="3 mar"'),
        ("text", "MAR-01", '="MAR-01"'),
        ("text", "=1+1", '="=1+1"'),
        ("text", "@SUM(A1)", '="@SUM(A1)"'),
        ("text", '="x"', '="=""x"""'),
        ("text", "-", '="-"'),
        ("text", "=" + "x" * 300, "'=" + "x" * 300),
        ("text", "12 Rua A", "12 Rua A"),
        ("text", "Sala 3", "Sala 3"),
        ("text", "a;b", "a;b"),
        ("text", 'say "x"', 'say "x"'),
        ("text", "two\nlines", "two\nlines"),
        ("text", "", ""),
        ("integer", "5", "5"),
        ("integer", "-123456789012345", "-123456789012345"),
        ("integer", "1234567890123456", '="1234567890123456"'),
        ("numeric", "-0.05", "-0,05"),
        ("numeric", "12345678901234.56", '="12345678901234,56"'),
        ("double", "0.1", "0,1"),
        ("double", "0.30000000000000004", "0,30000000000000004"),
        ("double", "1e-300", "1e-300"),
        ("decfloat", "1.00", "1,00"),
        ("date", "2020-01-31", "2020-01-31"),
        ("timestamp", "2020-01-31 10:00:00.5", "2020-01-31 10:00:00,5"),
    ],
)
def test_values(kind: str, text: str, shown: str) -> None:
    data = converted([TYPES[kind], TEXT], [[text, None]]).decode()
    (row,) = csv.reader(io.StringIO(data, newline=""), delimiter=";")
    assert row == [shown, ""]
    assert data.endswith(";\r\n")


def test_the_header_begins_with_a_byte_order_mark() -> None:
    header = ExcelLines([TEXT, TEXT]).header(b'CODIGO,"A;B"\n')
    assert header == b'\xef\xbb\xbfCODIGO;"A;B"\r\n'


@given(
    st.lists(st.lists(st.none() | st.text(), min_size=2, max_size=2)),
    st.integers(min_value=1, max_value=40),
)
def test_the_result_does_not_depend_on_how_the_lines_are_cut(
    rows: list[list[str | None]], piece_bytes: int
) -> None:
    rows = [[None if text is None else text.encode("utf-8", "replace").decode() for text in row]
            for row in rows]  # fmt: skip
    whole = converted([TEXT, TEXT], rows)
    assert converted([TEXT, TEXT], rows, piece_bytes) == whole
    parsed = list(csv.reader(io.StringIO(whole.decode(), newline=""), delimiter=";"))
    assert len(parsed) == len(rows)
