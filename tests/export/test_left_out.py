"""The export names what it leaves out, and the values that loaders refuse."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from gdb_export.export.export import ExportResult, export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import FIRST_DAY, LAST_DAY
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import IMPLEMENTATIONS, implementation, opener
from tests.data.databases import database_bytes
from tests.export.in_memory import MemoryDestination
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource


def exported(
    data: bytes, implementation_name: str = "reference"
) -> tuple[dict[str, Any], ExportResult]:
    """The manifest and the result of an export."""
    destination = MemoryDestination()
    info = SourceInfo("t.fdb", len(data), None, datetime(2024, 5, 6, tzinfo=UTC))
    open_source = opener(implementation(implementation_name))
    options = ExportOptions(workers=1)
    result = export(MemorySource(data), info, destination, options, Progress(), open_source)
    assert destination.zip is not None
    with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
        return json.loads(archive.read("datapackage.json")), result


@pytest.mark.parametrize(
    ("name", "views", "sequences"),
    [
        ("fb15/cnes", ["VW_ESTAB"], ["GEN_CNESHIST"]),
        ("fb15/names", ["V 2", "V1"], ["GEN1"]),
        ("fb50/odd_names", ["NOT_A_TABLE"], None),
        ("fb50/floats", None, None),
    ],
)
def test_views_and_sequences_are_named(
    name: str, views: list[str] | None, sequences: list[str] | None
) -> None:
    manifest, _ = exported(database_bytes(name))
    assert manifest.get("x-views") == views
    assert manifest.get("x-sequences") == sequences


@pytest.mark.parametrize("implementation_name", IMPLEMENTATIONS)
def test_dates_outside_the_years_1_to_9999_are_counted(implementation_name: str) -> None:
    date = Descriptor(Dtype.DATE, length=4, offset=4)
    days = [FIRST_DAY - 1, FIRST_DAY, 0, LAST_DAY, LAST_DAY + 1, None]
    database = DatabaseBuilder()
    database.table("T", [integer_row(day) for day in days], [("D", date)])
    manifest, result = exported(database.build(), implementation_name)
    (resource,) = manifest["resources"]
    assert resource["rows"] == len(days)
    assert resource["x-dates-outside-1-to-9999"] == {"D": 2}
    assert result.warnings == (
        "T.D: 2 dates outside the years 1 to 9999, which BigQuery and other loaders refuse",
    )
