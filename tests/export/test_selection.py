"""The selection of tables."""

import re

import pytest

from gdb_export.export import selection
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.options import BadOption, ExportOptions

TABLES = [
    Table("CLIENTS", 128, TableKind.TABLE, 1),
    Table("Mixed", 129, TableKind.TABLE, 1),
    Table("SCRATCH", 130, TableKind.TEMPORARY, 1),
    Table("OUTSIDE", 131, TableKind.EXTERNAL, 1),
    Table("A_VIEW", 132, TableKind.VIEW, 1),
]


class Reader:
    """A database of user tables, without system tables."""

    system_tables = ()

    def __init__(self, tables: list[Table]) -> None:
        self.tables = tables


def selected_tables(tables: list[Table], options: ExportOptions) -> list[Table]:
    return selection.selected_tables(Reader(tables), options)  # type: ignore[arg-type]


def selected_names(**options: tuple[str, ...]) -> list[str]:
    return [table.name for table in selected_tables(TABLES, ExportOptions(**options))]  # type: ignore[arg-type]


def test_views_and_external_tables_are_not_exported() -> None:
    assert selected_names() == ["CLIENTS", "Mixed", "SCRATCH"]


def test_unquoted_names_are_upper_case_as_in_sql() -> None:
    assert selected_names(tables=("clients", "Mixed")) == ["CLIENTS", "Mixed"]


def test_the_order_is_that_of_the_database() -> None:
    assert selected_names(tables=("SCRATCH", "CLIENTS", "CLIENTS")) == ["CLIENTS", "SCRATCH"]


def test_excluded_tables_are_not_selected() -> None:
    assert selected_names(exclude=("scratch",)) == ["CLIENTS", "Mixed"]


@pytest.mark.parametrize(
    ("tables", "exclude"),
    [(("CLIENTS",), ("CLIENTS",)), (("CLIENTS",), ("*",)), (None, ("CLIENTS", "Mixed", "SCR*"))],
)
def test_a_selection_of_nothing_is_an_error(
    tables: tuple[str, ...] | None, exclude: tuple[str, ...]
) -> None:
    with pytest.raises(BadOption, match="exclude: no table is left to export"):
        selected_tables(TABLES, ExportOptions(tables=tables, exclude=exclude))
    with pytest.raises(BadOption, match="tables: no table is named; there are CLIENTS"):
        selected_names(tables=())


def test_a_database_without_tables_is_exported_as_it_is() -> None:
    assert selected_tables([], ExportOptions()) == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", ["CLIENTS", "Mixed", "SCRATCH"]),
        ("*C*", ["CLIENTS", "SCRATCH"]),
        ("cli*", ["CLIENTS"]),
        ("M?xed", ["Mixed"]),
        ("*S", ["CLIENTS"]),
    ],
)
def test_a_pattern_selects_all_tables_that_match(pattern: str, matches: list[str]) -> None:
    assert selected_names(tables=(pattern,)) == matches
    others = [table for table in ["CLIENTS", "Mixed", "SCRATCH"] if table not in matches]
    if others:
        assert selected_names(exclude=(pattern,)) == others


def test_a_name_with_a_star_is_that_table() -> None:
    tables = [Table(name, number, TableKind.TABLE, 1) for number, name in enumerate(["A*", "AB"])]
    assert selected_tables(tables, ExportOptions(tables=("A*",))) == [tables[0]]


@pytest.mark.parametrize("option", ["tables", "exclude"])
@pytest.mark.parametrize("name", ["NOPE", "A_VIEW", "OUTSIDE", "mixed", "X*", "[CM]*"])
def test_an_unknown_table_is_an_error(option: str, name: str) -> None:
    with pytest.raises(
        BadOption, match=re.escape(f"{option}: there is no table '{name}'; there are CLIENTS")
    ):
        selected_names(**{option: (name,)})
