"""Reads the rows of a database with the product, as an export gives them to a user."""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

from benchmarks.recovery.rows import TableRows, table_rows
from gdb_export.chunks.opening import open_chunks
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource

_NULL_WARNING = re.compile(r"(?P<table>.+)\.(?P<column>[^.\s]+) is NULL in ")
_LOST_TYPE = re.compile(r"the type of column (?P<column>\S+) of (?P<table>.+) is lost")
_MODIFIED_AT = datetime(2024, 5, 6, tzinfo=UTC)


@dataclass(frozen=True)
class ReadRows:
    """The rows by table; `refusal` is the error message if there are none.

    `lost_columns` are those of each table with fields that were reported as lost; `reasons` are
    those of all damage. `texts` are the CSVs.
    """

    tables: dict[str, TableRows]
    lost_columns: Mapping[str, set[str]] = field(default_factory=dict)
    refusal: str = ""
    reasons: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def read_rows(data: bytes, schema: bytes | None = None, known: ReadRows | None = None) -> ReadRows:
    """Export the database; `schema` is another copy of it for the option schema-from.

    Tables with the same CSV as in `known` are not parsed again.
    """
    copy = None if schema is None else MemorySource(schema, "copy.fdb")
    destination = MemoryDestination()
    source = MemorySource(data)
    source_info = SourceInfo(source.name, source.size, None, _MODIFIED_AT)
    options = ExportOptions(workers=1, compression=0)
    opener = partial(open_chunks, schema=copy)
    try:
        result = export(source, source_info, destination, options, Progress(), opener)
    except FirebirdError as error:
        return ReadRows({}, refusal=f"{type(error).__name__}: {error}")
    assert destination.zip is not None
    with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    damage = json.loads(members.pop("datapackage.json"))["x-damage"]
    texts = {unquote(name.removesuffix(".csv")): text for name, text in members.items()}
    return ReadRows(
        {
            name: known.tables[name]
            if known and known.texts.get(name) == text
            else table_rows(text)
            for name, text in texts.items()
        },
        _lost_columns(damage["places"], result.warnings),
        reasons=tuple(place["reason"] for place in damage["places"]),
        texts=texts,
    )


def _lost_columns(
    places: Sequence[Mapping[str, Any]], warnings: Sequence[str]
) -> Mapping[str, set[str]]:
    """The columns of each table with fields that are NULL because they can't be read."""
    columns: defaultdict[str, set[str]] = defaultdict(set)
    for place in places:
        if "column" in place:
            columns[place["table"]].add(place["column"])
        elif match := _LOST_TYPE.match(place["reason"]):
            columns[match["table"]].add(match["column"])
    for warning in warnings:
        if match := _NULL_WARNING.match(warning):
            columns[match["table"]].add(match["column"])
    return columns
