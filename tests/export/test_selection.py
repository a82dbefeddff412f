"""Which tables are exported."""

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


def test_tables_and_temporary_ones_but_no_views_and_no_external_ones() -> None:
    assert names() == ["CLIENTS", "Mixed", "SCRATCH"]


def test_unquoted_names_are_upper_case_as_in_sql() -> None:
    assert names(tables=("clients", "Mixed")) == ["CLIENTS", "Mixed"]


def test_the_order_is_that_of_the_database_whatever_was_given() -> None:
    assert names(tables=("SCRATCH", "CLIENTS", "CLIENTS")) == ["CLIENTS", "SCRATCH"]


def test_what_is_excluded_is_left_out() -> None:
    assert names(exclude=("scratch",)) == ["CLIENTS", "Mixed"]
    assert names(tables=("CLIENTS",), exclude=("CLIENTS",)) == []


@pytest.mark.parametrize("option", ["tables", "exclude"])
@pytest.mark.parametrize("name", ["NOPE", "A_VIEW", "OUTSIDE", "mixed"])
def test_a_table_that_is_not_there_is_named(option: str, name: str) -> None:
    with pytest.raises(BadOption, match=f"{option}: there is no table '{name}'; there are CLIENTS"):
        names(**{option: (name,)})
