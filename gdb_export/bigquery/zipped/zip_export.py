"""Converts the ZIP of an export to a folder of Parquet files with the types of the manifest."""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from gdb_export.bigquery.errors import UnusableExport
from gdb_export.bigquery.zipped.csv_types import CsvColumn, csv_column
from gdb_export.bigquery.zipped.csv_values import values_of
from gdb_export.zip.member_names import MANIFEST

# Bytes of CSV that are parsed at once. A longer row is read with a larger block.
_BLOCK, _MAX_BLOCK = 16 << 20, 1 << 30


def unpack_zip(
    file: BinaryIO, location: str, folder: Path, check: Callable[[], None] = lambda: None
) -> list[str]:
    """Write the tables of the ZIP at `location`, and a manifest of them, to an empty folder.

    Returns warnings about values that became NULL. `check` is called often and may raise Cancelled.
    Raises UnusableExport for a ZIP that is not of an export, and OSError.
    """
    warnings = []
    try:
        with zipfile.ZipFile(file) as archive:
            package = _manifest(archive, location)
            for index, resource in enumerate(package["resources"]):
                name = f"{index}.parquet"
                changed = _convert(archive, resource, folder / name, check)
                for column, count in changed.items():
                    warnings.append(
                        f"{count} values of {resource['title']}.{column} are NULL in BigQuery:"
                        " their type can't hold them"
                    )
                resource |= {"path": name, "format": "parquet"}
    except (zipfile.BadZipFile, EOFError) as error:
        raise UnusableExport(f"{location} is damaged: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnusableExport(f"{location} can't be loaded: {error}") from error
    (folder / MANIFEST).write_text(json.dumps(package), encoding="utf-8")
    return warnings


def _manifest(archive: zipfile.ZipFile, location: str) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise UnusableExport(f"{location} has no {MANIFEST}: give a ZIP of gdb-export")
    package: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if any("dialect" in resource for resource in package["resources"]):
        raise UnusableExport(f"{location} is in the dialect of Excel: export without --dialect")
    return package


def _convert(
    archive: zipfile.ZipFile,
    resource: Mapping[str, Any],
    target: Path,
    check: Callable[[], None],
) -> dict[str, int]:
    """Write a table as Parquet. Returns the numbers of values that became NULL, by column."""
    columns = [csv_column(field) for field in resource["schema"]["fields"]]
    block = _BLOCK
    while True:
        try:
            return _convert_blocks(archive, resource, columns, target, block, check)
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error) or block >= _MAX_BLOCK:
                raise ValueError(f"{resource['path']}: {error}") from error
            block *= 4


def _convert_blocks(
    archive: zipfile.ZipFile,
    resource: Mapping[str, Any],
    columns: list[CsvColumn],
    target: Path,
    block: int,
    check: Callable[[], None],
) -> dict[str, int]:
    schema = pa.schema([(column.name, column.type) for column in columns])
    changed: dict[str, int] = {}
    rows = 0
    with archive.open(resource["path"]) as member, pq.ParquetWriter(target, schema) as writer:
        for texts in _blocks(member, len(columns), block):
            check()
            arrays = []
            for column, column_texts in zip(columns, texts.columns, strict=True):
                try:
                    values, count = values_of(column_texts, column)
                except ValueError as error:
                    reason = f"{resource['path']}, column {column.name}: {error}"
                    raise ValueError(reason) from error
                arrays.append(values)
                if count:
                    changed[column.name] = changed.get(column.name, 0) + count
            writer.write_batch(pa.record_batch(arrays, schema))
            rows += texts.num_rows
    if rows != resource["rows"]:
        raise ValueError(f"{resource['path']} has {rows} rows of {resource['rows']}")
    return changed


def _blocks(member: Any, width: int, block: int) -> Iterator[pa.RecordBatch]:
    """Batches of texts without the header; NULL and the empty text are told apart.

    In a table of one column an empty text is NULL, as the manifest says.
    """
    names = [f"f{index}" for index in range(width)]
    reader = pyarrow.csv.open_csv(
        member,
        pyarrow.csv.ReadOptions(column_names=names, block_size=block),
        pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=width == 1,
        ),
    )
    is_first = True
    for batch in reader:
        yield batch.slice(1) if is_first else batch
        is_first = False
