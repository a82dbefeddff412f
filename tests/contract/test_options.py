"""Options in an object's custom metadata."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.contract.options import BadOption, options_from_metadata
from gdb_export.options import ExportOptions


def test_every_option_is_parsed() -> None:
    metadata = {
        "export-tables": 'LFCES004, lfces018,"A,B"',
        "export-exclude": "LOG",
        "export-charset": "iso8859_1",
        "export-charset-of": "T.N=UTF8, t.v=win1252",
        "export-fix-utf8": "win1252",
        "export-format": "Parquet",
        "export-binary": "Base64",
        "export-dialect": "Excel",
        "export-compression": "9",
        "export-schema-from": "LAST-MONTH.GDB",
        "export-schema-sql": "true",
        "export-again": "Monday",
        "Export-Strict": "TRUE",
        "export-overwrite": "false",
    }
    assert options_from_metadata(metadata) == {
        "tables": ["LFCES004", "lfces018", "A,B"],
        "exclude": ["LOG"],
        "charset": "ISO8859_1",
        "charset_of": ["T.N=UTF8", "t.v=win1252"],
        "fix_utf8": "WIN1252",
        "format": "parquet",
        "binary": "base64",
        "dialect": "excel",
        "compression": 9,
        "schema_from": "LAST-MONTH.GDB",
        "schema_sql": True,
        "again": "Monday",
        "strict": True,
        "overwrite": False,
    }


def test_other_metadata_is_ignored() -> None:
    assert options_from_metadata({"goog-reserved-file-mtime": "1", "tables": "A"}) == {}


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("export-table", "A", "'export-table' is not an option; .*export-tables"),
        ("export-tables", "", "export-tables must be table names separated by commas"),
        ("export-tables", "A,,B", "export-tables must be .*'A,,B'"),
        ("export-tables", "A\rB", "export-tables must be"),
        ("export-charset", "win 1252", "export-charset must be .*WIN1252"),
        ("export-charset-of", "T.N", "export-charset-of must be TABLE.COLUMN=CHARSET, not 'T.N'"),
        ("export-fix-utf8", "?", "export-fix-utf8 must be a Firebird character set"),
        ("export-binary", "octal", "export-binary must be hex, base64 or uuid"),
        ("export-format", "xml", "export-format must be csv, parquet or csv,parquet, not 'xml'"),
        ("export-compression", "10", "export-compression must be a level from 0 to 9"),
        ("export-schema-from", "../x.gdb", "export-schema-from must be the name of an object"),
        ("export-again", "", "export-again must be a text of your own"),
        ("export-strict", "yes", "export-strict must be true or false, not 'yes'"),
        ("export-overwrite", "", "export-overwrite must be true or false"),
    ],
)
def test_a_bad_option_names_the_key_and_the_allowed_values(
    key: str, text: str, message: str
) -> None:
    with pytest.raises(BadOption, match=message):
        options_from_metadata({key: text})


@given(st.dictionaries(st.text().map("export-".__add__), st.text()))
def test_any_metadata_gives_options_or_bad_option(metadata: dict[str, str]) -> None:
    with contextlib.suppress(BadOption):
        options = options_from_metadata(metadata)
        assert set(options) <= set(ExportOptions._fields)


def test_a_dataset_and_a_month_for_the_load() -> None:
    metadata = {"export-dataset": "my-project.brutos_gdb", "export-reference": "2025-08-15"}
    assert options_from_metadata(metadata) == {
        "dataset": "my-project.brutos_gdb",
        "reference": "2025-08-01",
    }


@pytest.mark.parametrize(
    ("key", "text"),
    [("dataset", "a-b"), ("dataset", "a.b.c d"), ("dataset", ""), ("reference", "082025")],
)
def test_a_bad_dataset_or_month_is_named(key: str, text: str) -> None:
    with pytest.raises(BadOption, match=f"export-{key} must be"):
        options_from_metadata({f"export-{key}": text})
