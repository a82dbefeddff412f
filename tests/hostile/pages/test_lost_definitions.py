"""Parts of definitions that are lost: expressions, types of blobs, descriptors of a format."""

from functools import partial

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.database import Database
from gdb_export.firebird.opening import open_database
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import data_pages, zeroed
from tests.hostile.undamaged import undamaged


def table_of(name: str, table: str) -> tuple[Database, Table]:
    """A table of a test database, with the database."""
    database = open_database(MemorySource(database_bytes(name)))
    return database, next(candidate for candidate in database.tables if candidate.name == table)


def column_of(name: str, table: str, column: str) -> Column:
    _, found = table_of(name, table)
    return next(candidate for candidate in found.columns if candidate.name == column)


def overwritten(data: bytes, content: bytes, start: int = 0, end: int | None = None) -> bytes:
    """The data with zeros in place of bytes `start` to `end` of each occurrence of `content`."""
    assert content in data
    part = content[start:end]
    return data.replace(content, content[:start] + bytes(len(part)) + content[start + len(part) :])


def without_blob(data: bytes, content: bytes) -> bytes:
    """The data with a segment that can't be read in place of each blob of this content."""
    length = len(content).to_bytes(2, "little")
    assert length + content in data
    return data.replace(length + content, b"\xff\xff" + content)


@pytest.mark.parametrize("name", ["recovery/fb25/blobs", "fb50/blobs"])
def test_text_blobs_keep_their_character_set_without_their_domains(name: str) -> None:
    data = database_bytes(name)
    result = export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_FIELDS)))
    assert result.rows == undamaged(name).rows


@pytest.mark.parametrize("name", ["fb25/evolve", "fb30/evolve"])
def test_a_lost_expression_is_taken_from_a_copy(name: str) -> None:
    data = database_bytes(name)
    expression = column_of(name, "E1", "K").computed
    assert expression
    damaged = without_blob(data, expression)
    alone = export_in_memory(damaged)
    assert any(text.startswith("E1.K is NULL in all rows") for text in alone.warnings)
    schema = MemorySource(data, "COPY.FDB")
    assert export_in_memory(damaged, opener=partial(open_chunks, schema=schema)).rows == (
        undamaged(name).rows
    )


def test_a_lost_default_is_reported_with_the_rows_that_lack_it() -> None:
    default = column_of("fb25/evolve", "E3", "C3").default
    assert default
    result = export_in_memory(without_blob(database_bytes("fb25/evolve"), default))
    assert any(
        text.startswith("E3.C3 is NULL in ")
        and text.endswith("rows: its value in older rows is lost with its default")
        for text in result.warnings
    )


def test_a_format_without_the_types_of_some_columns_is_reconstructed() -> None:
    database, table = table_of("fb25/types", "T_ALL")
    content = database.blob(table.formats[table.format])
    size = ods.DESCRIPTOR_SIZE
    damaged = overwritten(database_bytes("fb25/types"), content, 3 * size, 9 * size)
    result = export_in_memory(damaged)
    assert "the current format of T_ALL is lost: it is reconstructed from the columns" in (
        result.reasons
    )
    assert result.rows == undamaged("fb25/types").rows
