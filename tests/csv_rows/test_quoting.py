"""Quoting of fields, and lines of CSV."""

import csv
import io

import pytest

from gdb_export.csv_rows.lines import csv_line, quoted


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("plain", "plain"),
        ("", '""'),
        (" spaces ", " spaces "),
        ("a,b", '"a,b"'),
        ('say "a"', '"say ""a"""'),
        ("line\nline", '"line\nline"'),
        ("line\rline", '"line\rline"'),
        ("tab\tis;fine'", "tab\tis;fine'"),
        ("\0\u2028\x85", "\0\u2028\x85"),
        ('"', '""""'),
    ],
)
def test_quotes_only_where_they_are_needed(text: str, field: str) -> None:
    assert quoted(text) == field


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (["a", "b"], "a,b\n"),
        (["a", None], "a,\n"),
        ([None, None], ",\n"),
        (["", None], '"",\n'),
        (["a"], "a\n"),
        ([None], '""\n'),
        ([""], '""\n'),
    ],
)
def test_null_is_an_empty_field_but_never_a_blank_line(fields: list[str | None], line: str) -> None:
    assert csv_line(fields) == line


def test_a_csv_reader_reads_the_same_fields() -> None:
    fields = ["a,b", 'c"d', "e\r\nf", "", "日本"]
    assert next(csv.reader(io.StringIO(csv_line(fields), newline=""))) == fields
