"""The BLR of computed columns and defaults: u8 version, one expression in prefix order, 76.

What is not evaluated is refused when it is parsed, once a column, with a reason; so an expression
that was parsed fails at most for the values of single rows.
"""

from dataclasses import dataclass

from job.firebird.blr import (
    arithmetic,
    choices,
    comparisons,
    date_parts,
    functions,
    patterns,
    refusals,
    subselect,
    terms,
    text_functions,
    verbs,
)
from job.firebird.blr.code import Code
from job.firebird.blr.nodes import ColumnKey, Context, Node, Row, Scope
from job.firebird.blr.parser import Parser, Reader
from job.firebird.errors import Damage, UnsupportedExpression
from job.firebird.formats import Descriptor
from job.firebird.value_types import (
    Value,
)

LONGEST = 1 << 20
READERS: dict[int, Reader] = {
    **refusals.READERS,
    **subselect.READERS,
    **terms.READERS,
    **arithmetic.READERS,
    **choices.READERS,
    **comparisons.READERS,
    **patterns.READERS,
    **date_parts.READERS,
    **functions.READERS,
    **text_functions.READERS,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `columns` are the names and field ids that it asks the row for."""

    node: Node
    context: Context
    is_dialect_1: bool
    columns: frozenset[ColumnKey]

    @property
    def type(self) -> Descriptor:
        """The type of the values, before they are converted to the declared one."""
        return self.node.type

    def evaluate(self, row: Row) -> Value | None:
        """The value for a row; EvaluationError where the engine would raise one."""
        return self.node.run(Scope(row))

    def evaluate_as(self, declared: Descriptor, row: Row) -> Value | None:
        """The value for a row as a column of the declared type has it."""
        value = self.evaluate(row)
        return terms.cast_value(value, self.type, declared, self.context, self.is_dialect_1)


def parse(blob: bytes, context: Context) -> Expression:
    """The expression of RDB$COMPUTED_BLR or RDB$DEFAULT_VALUE.

    Raises UnsupportedExpression with a reason for a person, Damage where the bytes end too early.
    """
    if len(blob) > LONGEST:
        raise UnsupportedExpression(f"is {len(blob)} bytes long")
    parser = Parser(Code(blob), context, READERS)
    node = parser.value()
    if parser.code.u8() != verbs.END_OF_COMMAND:
        raise Damage("an expression that goes on behind its end")
    return Expression(node, context, parser.is_dialect_1, parser.columns)
