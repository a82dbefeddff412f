"""The warnings of a table: their order and their texts."""

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.values.text_counts import TextCounts


def test_warnings_are_sorted_by_column() -> None:
    stats = TableStats(DamageLog("T"))
    stats.count_text("V", TextCounts(2))
    stats.count_text("B", TextCounts(1))
    stats.count_failure("Y", "division by zero", RowLocation(7, 3))
    stats.count_failure("X", "division by zero", RowLocation(7, 3))
    stats.unsupported |= {"Q": "needs a UDF", "P": "needs a UDF"}
    assert [text.partition(" ")[0].rstrip(":") for text in table_warnings(stats)] == [
        "T.P", "T.Q", "T.X", "T.Y", "T.B", "T.V",
    ]  # fmt: skip


def test_warnings_of_misread_text_name_an_option() -> None:
    stats = TableStats(DamageLog("T"))
    stats.count_text("V", TextCounts(controls=3))
    stats.count_text("V", TextCounts(misread=1))
    # no warning: the user chose this decoding
    stats.count_text("A", TextCounts(utf8=5, otherwise=2))
    controls, misread = table_warnings(stats)
    assert controls.startswith("T.V: 3 characters are control characters (U+0080 to U+009F)")
    assert "option charset-of" in controls
    assert misread.startswith("T.V: 1 value of this column without a character set")
    assert "option charset=auto" in misread


def test_the_warning_of_damage_says_how_many_rows_are_lost() -> None:
    log = DamageLog("T")
    stats = TableStats(log, rows=100)
    stats.pages = 12
    log.add(Damage("a gap"))
    assert "T: 1 damaged place: it is not known how many rows are lost" in first_warning(stats)
    log.add(Damage("no record", 7, 3))
    log.add(Damage("no blob", 7, 4))
    assert "3 damaged places: at most 2 rows are lost; first" in first_warning(stats)
    log.add(Damage("zeroed", 8))
    log.add(Damage("zeroed", 9))
    expected = (
        "at most 2 rows are lost and the rows of 2 pages are or may be lost, up to about 20 rows;"
    )
    assert expected in first_warning(stats)


def test_a_damaged_field_does_not_count_as_a_lost_row() -> None:
    stats = TableStats(DamageLog("T"))
    stats.damage.add(RowLocation(7, 3).locate(Damage("no blob").of_field("B")))
    expected = "T: 1 damaged place: 1 field is NULL; first page 7 slot 3 column B: no blob"
    assert first_warning(stats) == expected
    stats.damage.add(RowLocation(offset=4096).locate(Damage("no blob").of_field("B")))
    assert "2 fields are NULL" in first_warning(stats)
    assert (stats.damage.fields, stats.damage.rows, stats.damage.pages) == (2, 0, 0)


def test_a_damaged_row_of_a_backup_is_one_lost_row() -> None:
    stats = TableStats(DamageLog("T"))
    stats.damage.add(RowLocation(offset=4096).locate(Damage("cut off")))
    assert "at most 1 row is lost; first row at byte 4096" in first_warning(stats)


def first_warning(stats: TableStats) -> str:
    return next(iter(table_warnings(stats)))


def test_a_value_that_is_not_in_arrow_is_named_with_its_reason() -> None:
    stats = TableStats(DamageLog("T"))
    stats.count_out_of_range(
        "B", "a blob of 11000000 bytes is too large", RowLocation(page=4, slot=2)
    )
    assert list(table_warnings(stats)) == [
        "T.B is NULL in 1 row, not exported to Arrow: a blob of 11000000 bytes is too large"
        " (first: page 4 slot 2)"
    ]
