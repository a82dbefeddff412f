"""Columns that have nothing but a type cost few steps, and are recognised without error."""

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions import column_definitions
from gdb_export.firebird.definitions.catalogue_texts import CatalogueTexts, Row
from gdb_export.firebird.definitions.column_definitions import read_columns, read_domain_rows
from gdb_export.firebird.definitions.objects import ColumnDefinition
from tests.data.databases import database_bytes
from tests.firebird.memory_source import MemorySource

DATABASES = ["fb15/cnes", "fb15/evolve", "fb30/types", "fb40/types", "fb25/types"]

Columns = dict[QualifiedName, dict[str, ColumnDefinition]]


def columns_of(name: str) -> Columns:
    texts = CatalogueTexts(open_chunks(MemorySource(database_bytes(name))).reader, DamageLog())
    return read_columns(texts, read_domain_rows(texts))


@pytest.mark.parametrize("name", DATABASES)
def test_the_short_way_leaves_out_no_column(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = columns_of(name)
    monkeypatch.setattr(column_definitions, "_has_only_type", lambda *_: False)
    assert columns == columns_of(name)


@pytest.mark.parametrize(
    ("row", "domain_name", "domain"),
    [
        ({"IDENTITY_TYPE": 0}, "RDB$1", {}),  # GENERATED ALWAYS
        ({"BASE_FIELD": "ID"}, "RDB$1", {}),
        ({"COLLATION_ID": 2}, "RDB$1", {}),
        ({"DEFAULT_SOURCE": bytes([1] * 8)}, "RDB$1", {}),
        ({}, "MONEY", {}),
        ({}, "RDB$1", {"COMPUTED_SOURCE": bytes([1] * 8)}),
        ({}, "RDB$1", {"COLLATION_ID": 2}),
    ],
)
def test_a_column_with_more_than_a_type_goes_the_long_way(
    row: Row, domain_name: str, domain: Row
) -> None:
    assert not column_definitions._has_only_type(row, QualifiedName(domain_name), domain)


def test_no_definition_is_made_for_a_column_that_has_only_a_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Row] = []
    make = column_definitions._column

    def counted(texts: CatalogueTexts, row: Row, *rest: object) -> ColumnDefinition:
        made.append(row)
        return make(texts, row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(column_definitions, "_column", counted)
    columns = columns_of("fb15/cnes")
    assert len(made) == sum(map(len, columns.values()))
