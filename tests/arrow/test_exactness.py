"""Record batches hold the values of the CSVs of the same tables, for every golden database."""

import gzip
import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import gdb_export
from tests.arrow.arrow_text import column_texts
from tests.arrow.csv_records import records

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DATABASES = sorted([*DATA.glob("fb*/*.f[db][bk].gz"), *CORPUS.glob("fb*/types.f[db][bk].gz")])
# Years that no Arrow type of the table of types holds, and integers of more than 38 digits
BEYOND = re.compile(r"-\d{4,}-|\d{5,}-\d\d-|0000-|-?\d{39}$")


@pytest.mark.parametrize("path", DATABASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_columns_of_a_table_are_those_of_its_csv(path: Path, tmp_path: Path) -> None:
    with gdb_export.open(gzip.decompress(path.read_bytes())) as db:
        db.export(tmp_path / "out.zip")
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            package = json.loads(archive.read("datapackage.json"))
            members = {table["title"]: table["path"] for table in package["resources"]}
            assert members.keys() == db.tables.keys()
            for name, table in db.tables.items():
                compare(table, archive.read(members[name]).decode())


def compare(table: gdb_export.Table, text: str) -> None:
    header, *rows = records(text)
    found = table.arrow().read_all()
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
    counted = sum(group.count for group in table._stats.out_of_range.values())
    assert counted == out_of_range
    assert sum("can't hold" in warning for warning in table.warnings) == bool(out_of_range)


def same(expected: str | None, got: str | None, arrow_type: pa.DataType) -> bool:
    """A NUMERIC of dialect 1 is a double, whose CSV has decimals that a double's text lacks."""
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
