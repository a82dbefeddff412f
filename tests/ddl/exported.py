"""Exports and manifests for the tests of statements."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from gdb_export.ddl.statements import statements
from tests.export.test_manifest import zipped


def unpacked(folder: Path, data: bytes, **options: Any) -> dict[str, Any]:
    """Export a database, unpack the CSVs into the folder and return the manifest."""

    with zipfile.ZipFile(io.BytesIO(zipped(data, **options))) as archive:
        archive.extractall(folder)
        package: dict[str, Any] = json.loads(archive.read("datapackage.json"))
        return package


def resource(title: str, *columns: str, path: str = "", firebird_type: str = "INTEGER") -> Any:
    """A resource of a manifest whose columns have one type."""
    fields = [{"name": column, "x-firebird-type": firebird_type} for column in columns]
    return {
        "name": f"{title.lower()}-{len(title)}-{sum(map(ord, title))}",
        "title": title,
        "path": path or f"{title}.csv",
        "format": "csv",
        "bytes": 10,
        "schema": {"fields": fields},
    }


def written(package: dict[str, Any], target: str, load: bool = True) -> tuple[str, list[str]]:
    """The statements as one text, and the reports."""
    reports: list[str] = []
    lines = statements(package, target, load, reports.append)
    return "\n".join(lines) + "\n", reports
