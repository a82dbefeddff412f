from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.core.damage import DamageLog


def test_columns_are_named_in_the_same_order_whichever_was_met_first() -> None:
    account = TableStats(DamageLog("T"))
    account.count_replaced("V", 2)
    account.count_replaced("B", 1)
    account.fail("Y", "division by zero")
    account.fail("X", "division by zero")
    account.unsupported |= {"Q": "needs a UDF", "P": "needs a UDF"}
    assert [one.partition(" ")[0].rstrip(":") for one in table_warnings(account)] == [
        "T.P", "T.Q", "T.X", "T.Y", "T.B", "T.V",
    ]  # fmt: skip
