"""Expressions of computed columns and defaults.

The BLR consists of a version byte, one expression in prefix order and the byte 76. An unsupported
expression is refused when it is parsed, once per column; a parsed expression can fail only for the
values of single rows.
"""

from dataclasses import dataclass

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.blr_reader import BlrReader
from gdb_export.firebird.computed.blr.casts import cast_value
from gdb_export.firebird.computed.blr.nodes import (
    ColumnKey,
    ColumnReader,
    Environment,
    Node,
    Scope,
)
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.verb_registry import VERB_PARSERS
from gdb_export.firebird.core.errors import Damage, UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value

MAX_BLR_LENGTH = 1 << 20


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression of `size` nodes; `columns` are the names and field ids of the columns
    that it reads."""

    node: Node
    environment: Environment
    is_dialect_1: bool
    columns: frozenset[ColumnKey]
    size: int

    @property
    def type(self) -> Descriptor:
        """The type of the values before conversion to the declared type."""
        return self.node.type

    def evaluate(self, read_column: ColumnReader) -> Value | None:
        """The value for a row. Raises EvaluationError where the engine would raise an error, and
        when the budget of the database is spent."""
        self.environment.budget.spend(self.size)
        return self.node.run(Scope(read_column))

    def evaluate_as(self, declared: Descriptor, read_column: ColumnReader) -> Value | None:
        """The value for a row, converted to the declared type of its column."""
        value = self.evaluate(read_column)
        if isinstance(value, str | bytes):
            # one step per character, as each is converted: `spend_text` takes a step for 8
            self.environment.budget.spend_text(8 * len(value))
        return cast_value(value, self.type, declared, self.environment, self.is_dialect_1)


def parse(blob: bytes, environment: Environment) -> Expression:
    """Parses the BLR of RDB$COMPUTED_BLR or RDB$DEFAULT_VALUE.

    Raises UnsupportedExpression, or Damage if the BLR is malformed. Both messages continue "its
    expression …".
    """
    if len(blob) > MAX_BLR_LENGTH:
        raise UnsupportedExpression(f"is {len(blob)} bytes long")
    parser = Parser(BlrReader(blob, environment.is_interbase), environment, VERB_PARSERS)
    node = parser.value()
    if parser.blr.u8() != verbs.END_OF_COMMAND:
        raise Damage("continues after its end")
    return Expression(node, environment, parser.is_dialect_1, parser.columns, parser.size)
