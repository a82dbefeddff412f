"""Lost or invalid rows of the catalogue: which tables and columns can still be exported."""

from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record
from tests.hostile.corruptions import (
    PAGE_SIZE,
    data_pages,
    without_item,
    zeroed,
)
from tests.hostile.undamaged import undamaged


def database_with(*names: str) -> DatabaseBuilder:
    """A database with tables of these names, each with the rows 1,2 and 3,4."""
    database = DatabaseBuilder((10, 1), 4096)
    for name in names:
        database.table(name, [integer_row(1, 2), integer_row(3, 4)])
    return database


def three_columns() -> list[tuple[str, Descriptor]]:
    """The INTEGER columns A, B and C."""
    return [
        (name, Descriptor(Dtype.LONG, length=4, offset=offset))
        for name, offset in zip("ABC", (4, 8, 12), strict=True)
    ]


def test_a_column_without_a_name_is_named_after_its_number() -> None:
    data = without_item(database_with("T").build(), ods.RELATION_RELATION_FIELDS, b"B ")
    result = export_in_memory(data)
    assert result.headers == {"T": "A,FIELD_1"}
    assert result.rows == {"T": ["1,2", "3,4"]}
    assert result.reasons[-1] == "the name of a column of T is lost: FIELD_1"


def test_a_column_without_a_domain_is_read_by_its_format() -> None:
    result = export_in_memory(
        without_item(database_with("T").build(), ods.RELATION_FIELDS, b"RDB$128_1 ")
    )
    assert result.rows == {"T": ["1,2", "3,4"]}
    assert result.reasons[-1] == "the type of column B of T is lost"


def test_a_table_without_a_number_is_recognised_by_its_columns() -> None:
    database = database_with("FIRST", "SECOND")
    database.table("WIDER", [integer_row(1, 2, 3)], three_columns())
    result = export_in_memory(without_item(database.build(), ods.RELATION_RELATIONS, b"WIDER "))
    rows = ["1,2", "3,4"]
    assert result.rows == {"FIRST": rows, "SECOND": rows, "WIDER": ["1,2,3"]}
    assert "the table WIDER lost its number: by its columns it is 130" in result.reasons


def test_two_tables_of_equal_columns_without_numbers_are_lost() -> None:
    database = database_with("FIRST", "SECOND", "THIRD")
    data = without_item(database.build(), ods.RELATION_RELATIONS, b"SECOND ")
    result = export_in_memory(without_item(data, ods.RELATION_RELATIONS, b"THIRD "))
    assert result.rows == {"FIRST": ["1,2", "3,4"]}
    for table in database.tables[1:]:
        reason = (
            f"table number {table.relation} is not in the catalogue: its rows are lost; 1 of its"
            " data pages is left, with 2 rows: the option schema-from reads them with the"
            " definitions of another copy of the database"
        )
        assert result.locations[result.reasons.index(reason)] == (None, table.numbers[0], None)
        assert reason in result.warnings
        assert any(
            text.startswith(f"the table {table.name}, which RDB$RELATION_FIELDS names, is not")
            for text in result.warnings
        )


@pytest.mark.parametrize("name", ["fb15/types", "fb50/long_records", "fb50/blobs"])
def test_tables_of_different_columns_need_no_row_in_the_catalogue(name: str) -> None:
    data = database_bytes(name)
    assert (
        export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_RELATIONS))).rows
        == undamaged(name).rows
    )


def test_a_lost_current_format_is_reconstructed_from_the_columns() -> None:
    data = database_with("FIRST", "SECOND").build()
    result = export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_FORMATS)))
    assert result.rows == {"FIRST": ["1,2", "3,4"], "SECOND": ["1,2", "3,4"]}
    assert (
        "the current format of FIRST is lost: it is reconstructed from the columns"
        in result.reasons
    )


def test_a_lost_format_is_not_reconstructed_from_incomplete_columns() -> None:
    database = database_with("T")
    database.table("WIDER", [integer_row(1, 2, 3)], three_columns())
    data = without_item(database.build(), ods.RELATION_RELATION_FIELDS, b"C ")
    result = export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_FORMATS)))
    assert result.rows == {"T": ["1,2", "3,4"], "WIDER": []}


@pytest.mark.parametrize("name", ["fb15/types", "fb15/charsets", "fb50/texts", "fb50/blobs"])
def test_tables_that_never_changed_lose_no_row_with_all_formats(name: str) -> None:
    data = database_bytes(name)
    assert (
        export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_FORMATS))).rows
        == undamaged(name).rows
    )


def test_a_reconstructed_format_has_the_collations_of_the_columns(
    engine: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "collated.fdb"
    with engine.create(path, page_size=4096) as connection:
        engine.run_script(
            connection,
            "CREATE TABLE T (A VARCHAR(9) CHARACTER SET WIN1252 COLLATE WIN_PTBR,"
            " X COMPUTED BY (A = 'acao')); INSERT INTO T (A) VALUES ('AÇÃO');",
        )
    data = path.read_bytes()
    assert export_in_memory(zeroed(data, *data_pages(data, ods.RELATION_FORMATS))).rows == {
        "T": ["AÇÃO,true"]
    }


def test_an_empty_catalogue_is_refused() -> None:
    data = database_bytes("fb15/evolve")
    with pytest.raises(
        UnreadableDatabase, match=r"the catalogue is lost: 16 data pages of 7 tables"
    ):
        export_in_memory(
            zeroed(
                data,
                *data_pages(data, ods.RELATION_RELATION_FIELDS),
                *data_pages(data, ods.RELATION_RELATIONS),
            )
        )


def test_a_table_named_twice_is_read_once() -> None:
    result = export_in_memory(database_with("SAME", "SAME").source())
    assert result.rows == {"SAME": ["1,2", "3,4"]}
    assert "the table SAME is listed twice in the catalogue" in result.reasons


def test_a_table_without_a_name() -> None:
    result = export_in_memory(database_with("", "T").source())
    assert result.rows == {"T": ["1,2", "3,4"]}
    assert "a table without a name" in result.reasons


def test_many_catalogue_rows_of_one_table_are_read_in_linear_time() -> None:
    database = database_with("T")
    database.tables += [TableBuilder("T", 128, pages=[]) for _ in range(500)]
    database.tables[0].pages = [[record(integer_row(1, 2))]]
    source = database.source()
    result = export_in_memory(source)
    assert result.rows["T"] == ["1,2"]
    assert source.reads < 4 * source.size // PAGE_SIZE


def test_a_table_of_a_thousand_columns() -> None:
    columns = [
        (f"C{index}", Descriptor(Dtype.SHORT, length=2, offset=128 + 2 * index))
        for index in range(1000)
    ]
    database = DatabaseBuilder((11, 2), 32768)
    database.table("WIDE", [bytes(128 + 2000)], columns)
    result = export_in_memory(database.source())
    assert result.rows == {"WIDE": [",".join(["0"] * 1000)]}


@pytest.mark.parametrize(
    ("descriptor", "reason", "rows"),
    [
        (Descriptor(Dtype.LONG, length=3, offset=8), "a field of type 9 with 3 bytes", ["1,"]),
        (Descriptor(Dtype.LONG, length=4, offset=0xFFFFFFF0), "4 bytes at 4294967280", ["1,2"]),
        (Descriptor(Dtype.LONG, length=4, offset=0x1FFFE), "4 bytes at 131070", ["1,2"]),
        (Descriptor(Dtype.VARYING, length=1, offset=8), "a VARCHAR field with 1 bytes", ["1,"]),
    ],
)
def test_an_invalid_field_of_a_format_costs_no_row(
    descriptor: Descriptor, reason: str, rows: list[str]
) -> None:
    database = DatabaseBuilder((10, 1), 4096)
    database.table("UNDAMAGED", [integer_row(5, 6)])
    first = Descriptor(Dtype.LONG, length=4, offset=4)
    database.table("T", [integer_row(1, 2)], [("A", first), ("B", descriptor)])
    result = export_in_memory(database.source())
    assert result.rows["UNDAMAGED"] == ["5,6"]
    assert result.rows["T"] == rows
    assert any(reason in reported for reported in result.reasons)
