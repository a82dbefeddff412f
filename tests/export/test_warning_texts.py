from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.core.damage import DamageLog


def test_warnings_are_sorted_by_column() -> None:
    stats = TableStats(DamageLog("T"))
    stats.count_replaced("V", 2)
    stats.count_replaced("B", 1)
    stats.fail("Y", "division by zero")
    stats.fail("X", "division by zero")
    stats.unsupported |= {"Q": "needs a UDF", "P": "needs a UDF"}
    assert [text.partition(" ")[0].rstrip(":") for text in table_warnings(stats)] == [
        "T.P", "T.Q", "T.X", "T.Y", "T.B", "T.V",
    ]  # fmt: skip
