"""Computed columns that read one another: long chains, repeated operands and cycles."""

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.computed_values import ComputedColumn, ComputedValues
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.table_expressions import TableExpressions
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.computed.blr_builder import environment, expression_blr, field, integer, verb

LONG = Descriptor(Dtype.LONG, length=4, offset=4)


def table(*expressions: bytes) -> TableExpressions:
    """The expressions of a table with the stored column STORED and computed columns X0, X1, …"""
    computed = [
        Column(f"X{i}", i + 1, LONG, computed=expression_blr(expression))
        for i, expression in enumerate(expressions)
    ]
    columns = (Column("STORED", 0, LONG), *computed)
    definition = Table("T", 128, TableKind.TABLE, 1, columns)
    return TableExpressions(definition, (13, 1), TextDecoder(53), lambda name: None)


def values(expressions: TableExpressions, stored: int) -> dict[str, object]:
    computed_columns = [column for column in expressions.table.columns if column.is_computed]
    field_ids = {column.name: column.field_id for column in computed_columns}
    computed = ComputedValues(
        tuple(
            ComputedColumn(field_id, expression, LONG)
            for field_id, expression in expressions.expressions.items()
        ),
        {"STORED": lambda image: stored},
        field_ids,
    )
    image = b"an image"
    return {f"X{i - 1}": computed.value(i, image) for i in expressions.expressions}


def test_a_column_may_read_a_later_column() -> None:
    expressions = table(
        verb(Verb.ADD, field("X1"), integer(1)), verb(Verb.ADD, field("STORED"), integer(10))
    )
    assert values(expressions, 5) == {"X0": 16, "X1": 15}


def test_a_chain_of_thousands_of_columns_does_not_recurse() -> None:
    links = [verb(Verb.ADD, field(f"X{i}"), integer(1)) for i in range(5000)]
    expressions = table(field("STORED"), *links)
    assert values(expressions, 0)["X5000"] == 5000


def test_each_column_is_evaluated_once_per_row() -> None:
    links = [verb(Verb.SUBTRACT, field(f"X{i}"), field(f"X{i}")) for i in range(200)]
    assert values(table(field("STORED"), *links), 7)["X200"] == 0


def test_cycles_are_unsupported_with_all_columns_that_read_them() -> None:
    expressions = table(
        field("X1"),
        verb(Verb.ADD, field("X0"), integer(1)),
        field("X0"),
        field("STORED"),
        field("X4"),
    )
    assert values(expressions, 3) == {"X3": 3}
    assert set(expressions.unsupported) == {"X0", "X1", "X2", "X4"}


def test_nesting_up_to_the_limit_does_not_exhaust_the_stack() -> None:
    for code, leaf in (
        (Verb.ADD, integer(1)),
        (Verb.CONCATENATE, integer(1)),
        (Verb.OR, verb(Verb.MISSING, integer(1))),
    ):
        blob = expression_blr(bytes([code]) * 248 + leaf + leaf * 248)
        expression = parse(blob, environment())
        assert expression.evaluate(lambda key: None) is not None
