"""The selection of tables."""

import pytest

from gdb_export.export.selection import selected_tables
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.options import BadOption, ExportOptions

TABLES = [
    Table("CLIENTS", 128, TableKind.TABLE, 1),
    Table("Mixed", 129, TableKind.TABLE, 1),
    Table("SCRATCH", 130, TableKind.TEMPORARY, 1),
    Table("OUTSIDE", 131, TableKind.EXTERNAL, 1),
    Table("A_VIEW", 132, TableKind.VIEW, 1),
]


def names(**options: tuple[str, ...]) -> list[str]:
    return [table.name for table in selected_tables(TABLES, ExportOptions(**options))]  # type: ignore[arg-type]


def test_views_and_external_tables_are_not_exported() -> None:
    assert names() == ["CLIENTS", "Mixed", "SCRATCH"]


def test_unquoted_names_are_upper_case_as_in_sql() -> None:
    assert names(tables=("clients", "Mixed")) == ["CLIENTS", "Mixed"]


def test_the_order_is_that_of_the_database() -> None:
    assert names(tables=("SCRATCH", "CLIENTS", "CLIENTS")) == ["CLIENTS", "SCRATCH"]


def test_excluded_tables_are_not_selected() -> None:
    assert names(exclude=("scratch",)) == ["CLIENTS", "Mixed"]
    assert names(tables=("CLIENTS",), exclude=("CLIENTS",)) == []


@pytest.mark.parametrize("option", ["tables", "exclude"])
@pytest.mark.parametrize("name", ["NOPE", "A_VIEW", "OUTSIDE", "mixed"])
def test_an_unknown_table_is_an_error(option: str, name: str) -> None:
    with pytest.raises(BadOption, match=f"{option}: there is no table '{name}'; there are CLIENTS"):
        names(**{option: (name,)})
