"""Record batches hold the values of the engine, for every golden database and backup.

A golden CSV is the result of the engine for `SELECT * FROM table`. A value that no Arrow type holds
is NULL, counted and warned about: years outside 1 to 9999, and integers of more than 38 digits.
Both implementations make the same batches of these files: see test_same_columns.py.
"""

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import gdb_export
from tests.arrow.arrow_text import column_texts
from tests.arrow.csv_records import records
from tests.export.golden import CORPUS, DATA, NO_COMPUTED, corpus_tables, golden_tables

GOLDEN = [
    path
    for path in sorted(DATA.glob("*/*.f[db][bk].gz"))
    if path.with_name(f"{path.name[:-7]}.golden.zip").exists()
]
IN_CORPUS = sorted([*CORPUS.glob("fb*/types.f[db][bk].gz"), *CORPUS.glob("fb*/charsets.fdb.gz")])
# CSV fields that no Arrow type holds: years before 1 or after 9999, and 39 digits
BEYOND = re.compile(r"-\d{4,}-|\d{5,}-\d\d-|0000-|-?\d{39}$")
# gbak has converted timestamps of these tables to text: see test_golden_backups.py
CONVERTED_BY_GBAK = {"evolve.fbk.gz": "E2"}


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.name.removesuffix('.gz')}"


@pytest.mark.parametrize("path", GOLDEN, ids=name_of)
def test_the_columns_hold_the_values_of_the_engine(path: Path) -> None:
    compare_database(path, golden_tables(path))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not installed")
@pytest.mark.parametrize("path", IN_CORPUS, ids=name_of)
def test_the_columns_of_databases_of_every_engine(path: Path) -> None:
    compare_database(path, corpus_tables(path))


def compare_database(path: Path, golden: dict[str, bytes]) -> None:
    with gdb_export.open(gzip.decompress(path.read_bytes())) as db:
        assert {name.removesuffix(NO_COMPUTED) for name in golden} == db.tables.keys()
        for name, text in golden.items():
            if name != CONVERTED_BY_GBAK.get(path.name):
                compare(db.tables[name.removesuffix(NO_COMPUTED)], text.decode())


def compare(table: gdb_export.Table, text: str) -> None:
    header, *rows = records(text)
    found = table.arrow(header).read_all()
    found.validate(full=True)
    assert found.column_names == header
    assert found.num_rows == len(rows)
    out_of_range = 0
    for index, name in enumerate(header):
        arrow_type = found.schema.field(index).type
        texts = column_texts(found.column(index))
        for row, got in zip(rows, texts, strict=True):
            expected = row[index]
            if got is None and expected is not None and BEYOND.match(expected):
                out_of_range += 1
            elif pa.types.is_list(arrow_type) and got is not None:
                assert numbers(got) == numbers(expected or ""), (table.name, name)
            elif len(header) > 1 or got or expected:
                assert same(expected, got, arrow_type), (table.name, name, expected, got)
    assert table._stats is not None
    counted = sum(group.count for group in table._stats.out_of_range.values())
    assert counted == out_of_range
    assert sum("not exported to Arrow" in warning for warning in table.warnings) == bool(
        out_of_range
    )


def same(expected: str | None, got: str | None, arrow_type: pa.DataType) -> bool:
    """Whether two texts of a value are equal; those of floats are equal as numbers, because the CSV
    of a NUMERIC of dialect 1 has trailing zeros that the text of a double lacks."""
    if expected == got:
        return True
    is_float = pa.types.is_floating(arrow_type)
    return is_float and expected is not None and got is not None and float(expected) == float(got)


def numbers(text: str) -> list[object]:
    """The elements of a list as text; numbers without trailing zeros."""

    def flat(value: object) -> list[object]:
        return (
            [element for nested in value for element in flat(nested)]
            if isinstance(value, list)
            else [value]
        )

    elements = flat(json.loads(text, parse_float=str, parse_int=str))
    return [normal(str(item).lower() if isinstance(item, bool) else item) for item in elements]


def normal(element: object) -> object:
    try:
        return Decimal(str(element)).normalize()
    except ArithmeticError:
        return element
