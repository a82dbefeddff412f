"""The BLR of computed columns and defaults: u8 version, one expression in prefix order, 76.

What is not evaluated is refused when it is parsed, once a column, with a reason; so an expression
that was parsed fails at most for the values of single rows.
"""

from dataclasses import dataclass

from gdb_export.firebird.computed import functions
from gdb_export.firebird.computed.blr import primaries, unsupported_verbs, verbs
from gdb_export.firebird.computed.blr.code import Code
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Context, Node, Row, Scope
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.conditions import comparisons, conditionals
from gdb_export.firebird.computed.dates import date_parts
from gdb_export.firebird.computed.numbers import arithmetic
from gdb_export.firebird.computed.subselects import subselect
from gdb_export.firebird.computed.texts import patterns, text_functions
from gdb_export.firebird.core.errors import Damage, UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value

LONGEST = 1 << 20
VERB_PARSERS: dict[int, Reader] = {
    **unsupported_verbs.VERB_PARSERS,
    **subselect.VERB_PARSERS,
    **primaries.VERB_PARSERS,
    **arithmetic.VERB_PARSERS,
    **conditionals.VERB_PARSERS,
    **comparisons.VERB_PARSERS,
    **patterns.VERB_PARSERS,
    **date_parts.VERB_PARSERS,
    **functions.VERB_PARSERS,
    **text_functions.VERB_PARSERS,
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
        return primaries.cast_value(value, self.type, declared, self.context, self.is_dialect_1)


def parse(blob: bytes, context: Context) -> Expression:
    """The expression of RDB$COMPUTED_BLR or RDB$DEFAULT_VALUE.

    Raises UnsupportedExpression with a reason for a person, Damage where the bytes end too early.
    """
    if len(blob) > LONGEST:
        raise UnsupportedExpression(f"is {len(blob)} bytes long")
    parser = Parser(Code(blob), context, VERB_PARSERS)
    node = parser.value()
    if parser.code.u8() != verbs.END_OF_COMMAND:
        raise Damage("an expression that goes on behind its end")
    return Expression(node, context, parser.is_dialect_1, parser.columns)
