"""Parquet files under each option for character sets have the texts of the table's rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import gdb_export
from tests.data.databases import database_bytes

OPTIONS: tuple[Mapping[str, Any], ...] = (
    {},
    {"charset": "UTF8"},
    {"charset": "auto"},
    {"charset": "DOS850"},
    {"fix_utf8": "WIN1252"},
    {"charset_of": {"CS_NONE.C": "ISO8859_1"}},
)


def texts_of(rows: list[tuple[object, ...]]) -> list[list[object]]:
    """The texts and NULLs of rows, which need no conversion for a comparison."""
    return [[value for value in row if isinstance(value, str | None)] for row in rows]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_parquet_files_have_the_texts_of_the_rows(
    options: Mapping[str, Any], tmp_path: Path
) -> None:
    source = tmp_path / "A.fdb"
    source.write_bytes(database_bytes("fb15/charsets"))
    with gdb_export.open(source, **options) as database:
        folder = Path(database.export(tmp_path / "A", format="parquet").location)
        texts = 0
        for table in database.tables.values():
            if not (folder / f"{table.name}.parquet").exists():
                continue
            exported = pq.read_table(folder / f"{table.name}.parquet").to_pylist()
            found = texts_of([tuple(row.values()) for row in exported])
            assert found == texts_of(list(table.rows()))
            texts += sum(isinstance(value, str) for row in found for value in row)
        assert texts
