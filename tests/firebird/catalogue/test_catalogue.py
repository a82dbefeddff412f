"""Tables and columns from the rows of the system tables, contradictory rows included."""

from collections.abc import Callable, Iterable
from typing import Any, cast

import pytest

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.columns import Column, Table, TableKind, firebird_type
from gdb_export.firebird.catalogue.declared_types import declared_descriptor, has_blob
from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format

# Ids of blobs
FORMAT = bytes([1] * 8)
VIEW = bytes([2] * 8)
EMPTY_FORMAT = Format(())


def relation(name: str | None, number: int | None = 128, **values: Any) -> CatalogueRow:
    """A row of RDB$RELATIONS."""
    nulls = ("VIEW_BLR", "EXTERNAL_FILE", "OWNER_NAME", "SYSTEM_FLAG")
    row: dict[str, Any] = dict.fromkeys(nulls)
    row |= {"RELATION_NAME": name, "RELATION_ID": number, "FORMAT": 1, **values}
    return cast(CatalogueRow, row)


def column(
    name: str | None, field_id: int | None, position: int | None = 0, **values: Any
) -> CatalogueRow:
    """A row of RDB$RELATION_FIELDS: a column of the table T with the domain D."""
    row: dict[str, Any] = {
        "RELATION_NAME": "T",
        "DEFAULT_VALUE": None,
        "NULL_FLAG": None,
        "FIELD_SOURCE": "D",
    }
    row |= {"FIELD_NAME": name, "FIELD_ID": field_id, "FIELD_POSITION": position, **values}
    return cast(CatalogueRow, row)


DOMAIN: CatalogueRow = {"FIELD_NAME": "D", "FIELD_TYPE": 8, "FIELD_LENGTH": 4, "FIELD_SCALE": 0}


def read_catalogue(
    rows: dict[int, list[CatalogueRow]],
    log: DamageLog,
    layout: Format = EMPTY_FORMAT,
    read_blob: Callable[[bytes], bytes] = lambda blob: b"blr",
    ods_major: int = 13,
) -> Catalogue:
    return Catalogue(lambda table: rows[table], lambda blob: layout, read_blob, log, 8, ods_major)


def user_tables(
    relations: list[CatalogueRow],
    columns: list[CatalogueRow],
    domains: Iterable[CatalogueRow] = (DOMAIN,),
    ods_major: int = 13,
    format_blob: bytes | None = FORMAT,
) -> tuple[list[Table], DamageLog]:
    """The tables of a catalogue with these rows, and the log. Table 128 has format 1."""
    rows: dict[int, list[CatalogueRow]] = {
        ods.RELATION_FIELDS: list(domains),
        ods.RELATION_RELATION_FIELDS: columns,
        ods.RELATION_RELATIONS: relations,
        ods.RELATION_FORMATS: [{"RELATION_ID": 128, "FORMAT": 1, "DESCRIPTOR": format_blob}],
    }
    log = DamageLog()
    layout = Format.of([Descriptor(Dtype.LONG, 0, 4, 0, 0, 4)])
    return read_catalogue(rows, log, layout, ods_major=ods_major).user_tables(), log


def names(columns: list[CatalogueRow], ods_major: int = 13) -> list[str]:
    """The names of the columns of the table T, in the order of SELECT *."""
    (table,), _ = user_tables([relation("T")], columns, ods_major=ods_major)
    return [column.name for column in table.columns]


def test_columns_are_in_the_order_of_their_positions() -> None:
    assert names([column("B", 0, 1), column("A", 1, 0)]) == ["A", "B"]


def test_a_format_without_descriptors_is_lost() -> None:
    """RDB$FORMATS has NULL in place of the blob; the format is reconstructed from the columns."""
    (table,), log = user_tables([relation("T", FIELD_ID=1)], [column("A", 0)], format_blob=None)
    assert table.formats == {}
    assert table.reconstructed_format is not None
    assert [entry.reason for entry in log.entries] == [
        "format 1 of table number 128 is lost",
        "the current format of T is lost: it is reconstructed from the columns",
    ]


@pytest.mark.parametrize(
    ("ods_major", "order"), [(10, "ABCD"), (11, "CDAB"), (12, "CDAB"), (13, "CDAB")]
)
def test_equal_and_missing_positions_are_ordered_by_field_id(ods_major: int, order: str) -> None:
    """Columns without a position are first from Firebird 2.0 on, and last before."""
    columns = [column("D", 3, None), column("C", 2, None), column("B", 1, 0), column("A", 0, 0)]
    assert "".join(names(columns, ods_major)) == order


def test_columns_with_repeated_or_invalid_field_ids_are_left_out() -> None:
    columns = [column("A", 0), column("AGAIN", 0), column("NONE", None), column("LESS", -1)]
    assert names(columns) == ["A"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, TableKind.TABLE),
        ({"RELATION_TYPE": 0}, TableKind.TABLE),
        ({"VIEW_BLR": VIEW}, TableKind.VIEW),
        ({"VIEW_BLR": bytes(8)}, TableKind.TABLE),
        ({"EXTERNAL_FILE": "/tmp/x"}, TableKind.EXTERNAL),
        ({"RELATION_TYPE": 3}, TableKind.VIRTUAL),
        ({"RELATION_TYPE": 4}, TableKind.TEMPORARY),
        ({"RELATION_TYPE": 5}, TableKind.TEMPORARY),
    ],
)
def test_the_kind_of_a_table_follows_from_its_row(values: dict[str, Any], kind: TableKind) -> None:
    (table,), _ = user_tables([relation("T", **values)], [column("A", 0)])
    assert table.kind is kind


def test_system_tables_are_left_out_by_their_flag_and_not_their_id() -> None:
    tables, _ = user_tables([relation("RDB$X", 200, SYSTEM_FLAG=1), relation("T", 40)], [])
    assert [table.name for table in tables] == ["T"]


def test_tables_are_in_name_order() -> None:
    tables, log = user_tables([relation("b", 129), relation("B", 130), relation("A", 131)], [])
    assert [table.name for table in tables] == ["A", "B", "b"]
    assert log.count == 0


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (relation("T", 129), "the table T is listed twice in the catalogue"),
        (relation("OTHER", 128), "the table OTHER is listed twice in the catalogue"),
        (relation(None, 129), "a table without a name"),
        (relation("", 129), "a table without a name"),
        (relation("OTHER", None), "a table without a number"),
        (relation("OTHER", -1), "a table without a number"),
    ],
)
def test_contradictory_rows_are_damage(second: CatalogueRow, reason: str) -> None:
    tables, log = user_tables([relation("T"), second], [column("A", 0)])
    assert [table.name for table in tables] == ["T"]
    assert [entry.reason for entry in log.entries] == [reason]


def test_a_lost_type_is_reported_and_taken_from_the_format() -> None:
    (table,), log = user_tables([relation("T")], [column("A", 0, FIELD_SOURCE="GONE")])
    assert table.columns[0].descriptor.dtype == Dtype.LONG
    assert log.entries[0].reason == "the type of column A of T is lost"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ({"FIELD_TYPE": 37, "FIELD_LENGTH": 10}, Descriptor(Dtype.VARYING, 0, 12)),
        (
            {"FIELD_TYPE": 14, "FIELD_LENGTH": 5, "CHARACTER_SET_ID": 53},
            Descriptor(Dtype.TEXT, 0, 5, 53),
        ),
        (
            {"FIELD_TYPE": 16, "FIELD_LENGTH": 8, "FIELD_SCALE": -2, "FIELD_SUB_TYPE": 1},
            Descriptor(Dtype.INT64, -2, 8, 1),
        ),
        ({"FIELD_TYPE": 8, "DIMENSIONS": 2}, Descriptor(Dtype.ARRAY, 0, 8)),
        ({"FIELD_TYPE": 8, "FIELD_SCALE": 30000}, Descriptor(Dtype.LONG, 0, 4)),
        ({"FIELD_TYPE": 8, "FIELD_SCALE": -32768}, Descriptor(Dtype.LONG, 0, 4)),
        ({"FIELD_TYPE": 999}, Descriptor(Dtype.NONE)),
        ({}, Descriptor(Dtype.NONE)),
        ({"FIELD_TYPE": 14, "FIELD_LENGTH": -1}, Descriptor(Dtype.TEXT, 0, 65535)),
    ],
)
def test_the_row_of_a_domain_gives_the_declared_type(
    domain: CatalogueRow, expected: Descriptor
) -> None:
    assert declared_descriptor(domain) == expected


def test_an_id_of_zeros_means_no_blob() -> None:
    assert [has_blob(blob) for blob in (None, bytes(8), VIEW)] == [False, False, True]


def test_lost_expressions_are_reported() -> None:
    def lost(blob: bytes) -> bytes:
        raise Damage("gone")

    rows: dict[int, list[CatalogueRow]] = {
        ods.RELATION_FIELDS: [{**DOMAIN, "COMPUTED_BLR": VIEW}],
        ods.RELATION_RELATION_FIELDS: [column("A", 0)],
        ods.RELATION_RELATIONS: [relation("T")],
        ods.RELATION_FORMATS: [],
    }
    log = DamageLog()
    (table,) = read_catalogue(rows, log, read_blob=lost).user_tables()
    assert table.columns[0].computed == b""
    assert log.entries[0].reason == "an expression of the catalogue is lost: gone"


def test_invalid_bounds_of_arrays_are_ignored() -> None:
    rows: dict[int, list[CatalogueRow]] = {
        ods.RELATION_FIELDS: [{**DOMAIN, "DIMENSIONS": 2}],
        ods.RELATION_RELATION_FIELDS: [column("A", 0)],
        ods.RELATION_RELATIONS: [relation("T")],
        ods.RELATION_FORMATS: [],
    }
    catalogue = read_catalogue(rows, DamageLog())
    catalogue.add_dimensions(
        [
            {"FIELD_NAME": "D", "DIMENSION": 1, "LOWER_BOUND": 0, "UPPER_BOUND": 3},
            {"FIELD_NAME": "D", "DIMENSION": 0, "LOWER_BOUND": 1, "UPPER_BOUND": "?"},
            {"FIELD_NAME": "D", "DIMENSION": 16, "LOWER_BOUND": 1, "UPPER_BOUND": 2},
            {"FIELD_NAME": "D", "DIMENSION": None},
            {},
        ]
    )
    (table,) = catalogue.user_tables()
    assert table.columns[0].dimensions == ((1, 0), (0, 3))


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (Column("A", 0, Descriptor(Dtype.LONG, -2, 4, 1)), "NUMERIC(9,2)"),
        (Column("A", 0, Descriptor(Dtype.INT64, -2, 8, 2), precision=15), "DECIMAL(15,2)"),
        (Column("A", 0, Descriptor(Dtype.DOUBLE, -2, 8, 1)), "NUMERIC(15,2)"),
        (
            Column("A", 0, Descriptor(Dtype.VARYING, 0, 42, 4), charset=4),
            "VARCHAR(10) CHARACTER SET UTF8",
        ),
        (Column("A", 0, Descriptor(Dtype.TEXT, 0, 5), charset=0), "CHAR(5) CHARACTER SET NONE"),
        (Column("A", 0, Descriptor(Dtype.BLOB, 0, 8, 0)), "BLOB SUB_TYPE 0"),
        (Column("A", 0, Descriptor(Dtype.ARRAY, 0, 8), dimensions=((1, 3),)), "ARRAY [1:3]"),
        (Column("A", 0, Descriptor(99)), "type 99"),
    ],
)
def test_columns_have_the_sql_names_of_their_types(column: Column, name: str) -> None:
    assert firebird_type(column) == name
