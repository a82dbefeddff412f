"""Makes small exports to Parquet from Python values, as `--format parquet` writes them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def make_export(
    folder: Path,
    tables: Mapping[str, pa.Table],
    source: str = "BACKUP.GDB",
    definitions: Mapping[str, Mapping[str, Any]] = {},
) -> Path:
    """Write the export of a database named `source` to a new folder; returns the folder.

    `definitions` has more entries for the resources of tables.
    """
    folder.mkdir(parents=True)
    resources = []
    for name, table in tables.items():
        path = f"{name}.parquet"
        pq.write_table(table, folder / path)
        resource = {"title": name, "format": "parquet", "path": path, "rows": table.num_rows}
        resources.append(resource | dict(definitions.get(name, {})))
    manifest = {
        "resources": resources,
        "x-source": {"name": source, "modified": "2025-08-20T10:00:00Z"},
    }
    (folder / "datapackage.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
