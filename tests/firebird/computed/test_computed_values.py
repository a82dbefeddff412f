"""Computed columns that need one another: long chains, doublings and circles."""

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.computed.computed_values import ComputedColumn, ComputedValues
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.table_expressions import TableExpressions
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.computed.blr_codes import context, field, integer, verb

LONG = Descriptor(Dtype.LONG, length=4, offset=4)
ADD, SUBTRACT = 34, 35


def table(*expressions: bytes) -> TableExpressions:
    """A stored column STORED, and X0, X1, … with those expressions."""
    computed = [
        Column(f"X{i}", i + 1, LONG, computed=bytes([5]) + one + bytes([76]))
        for i, one in enumerate(expressions)
    ]
    columns = (Column("STORED", 0, LONG), *computed)
    of_columns = Table("T", 128, TableKind.TABLE, 1, columns)
    return TableExpressions(of_columns, (13, 1), TextDecoder(53), lambda name: None)


def values(expressions: TableExpressions, stored: int) -> dict[str, object]:
    field_ids = {one.name: one.field_id for one in expressions.table.columns if one.is_computed}
    computed = ComputedValues(
        tuple(
            ComputedColumn(field_id, expression, LONG)
            for field_id, expression in expressions.expressions.items()
        ),
        {"STORED": lambda image: stored},
        field_ids,
    )
    row = b"an image"
    return {f"X{one - 1}": computed.value(one, row) for one in expressions.expressions}


def test_a_column_may_need_one_that_stands_behind_it() -> None:
    expressions = table(verb(ADD, field("X1"), integer(1)), verb(ADD, field("STORED"), integer(10)))
    assert values(expressions, 5) == {"X0": 16, "X1": 15}


def test_a_chain_of_thousands_does_not_recurse() -> None:
    links = [verb(ADD, field(f"X{i}"), integer(1)) for i in range(5000)]
    expressions = table(field("STORED"), *links)
    assert values(expressions, 0)["X5000"] == 5000


def test_each_column_is_evaluated_once_however_many_need_it() -> None:
    links = [verb(SUBTRACT, field(f"X{i}"), field(f"X{i}")) for i in range(200)]
    assert values(table(field("STORED"), *links), 7)["X200"] == 0


def test_circles_are_refused_with_all_that_need_them() -> None:
    expressions = table(
        field("X1"), verb(ADD, field("X0"), integer(1)), field("X0"), field("STORED"), field("X4")
    )
    assert values(expressions, 3) == {"X3": 3}
    assert set(expressions.unsupported) == {"X0", "X1", "X2", "X4"}


def test_nesting_up_to_the_limit_runs_on_the_stack_that_there_is() -> None:
    for code, leaf in ((ADD, integer(1)), (39, integer(1)), (57, verb(61, integer(1)))):
        blob = bytes([5]) + bytes([code]) * 248 + leaf + leaf * 248 + bytes([76])
        expression = parse(blob, context())
        assert expression.evaluate(lambda key: None) is not None
