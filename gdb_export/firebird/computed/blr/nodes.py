"""The evaluation tree of an expression, and its environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Timestamp
from gdb_export.firebird.values.value_types import Value

# A column's name or its field id
ColumnKey = str | int
# Reads a column of the row that is evaluated
ColumnReader = Callable[[ColumnKey], Value | None]
# Columns of one row that a subselect reads: a row of the other table, or its aggregates
LookupRow = Mapping[ColumnKey, Value | None]


class Charsets(Protocol):
    """Decodes and encodes text by character set id; OCTETS (1) stays bytes."""

    def decode(self, raw: bytes, charset_id: int) -> str | bytes: ...

    def encode(self, text: str | bytes, charset_id: int) -> bytes: ...


class ColumnTypes(Protocol):
    """The columns of one BLR context."""

    def column(self, key: ColumnKey) -> Descriptor | None:
        """The type of a column, or None if there is no such column."""
        ...


class LookupTable(ColumnTypes, Protocol):
    """Another table that subselects read."""

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        """The given columns of all rows. Raises EvaluationError if there are too many rows."""
        ...


class Names(Protocol):
    """Gives the names of functions and collations, for the reasons of unsupported expressions."""

    def function(self, *parts: str) -> str:
        """The kind and the name of a function. `parts`: its schema, its package, and its
        name, which is the last."""
        ...

    def collation(self, charset_id: int, collation_id: int) -> str: ...


class PlainNames:
    """Names without a catalogue."""

    def function(self, *parts: str) -> str:
        return f"the function {'.'.join(filter(None, parts))}"

    def collation(self, charset_id: int, collation_id: int) -> str:
        return f"collation {collation_id} of character set {charset_id}"


def _no_table(name: QualifiedName) -> LookupTable | None:
    return None


@dataclass(frozen=True, slots=True)
class Environment:
    """The names and facts that an expression may refer to.

    `column` returns the declared type of a column of the table, or None if there is no such
    column. `user` and `moment` are the values of USER and CURRENT_TIMESTAMP; where they are None,
    an expression that needs them is unsupported. `lookup_table` finds another table by name;
    `schema` is the schema of unqualified names. `is_interbase` selects InterBase's ids of
    types and character sets. `names` gives names for reasons. Parsing and evaluation spend the
    `budget`.
    """

    ods: tuple[int, int]
    column: Callable[[ColumnKey], Descriptor | None]
    charsets: Charsets
    user: str | None = None
    moment: Timestamp | None = None
    lookup_table: Callable[[QualifiedName], LookupTable | None] = _no_table
    schema: str = ""
    is_interbase: bool = False
    names: Names = field(default_factory=PlainNames)
    budget: EvaluationBudget = field(default_factory=partial(EvaluationBudget, 0))


@dataclass(slots=True)
class Scope:
    """State of one evaluation.

    `read_column` reads the row that is evaluated (BLR context 0), `contexts` holds the current
    rows of all other BLR contexts, `variables` the variables of statements inside expressions.
    """

    read_column: ColumnReader
    variables: dict[int, Value | None] = field(default_factory=dict)
    contexts: dict[int, LookupRow] = field(default_factory=dict)


Evaluator = Callable[[Scope], Value | None]


@dataclass(frozen=True, slots=True)
class Node:
    """A parsed expression or condition.

    `type` is the type that the engine derives before it evaluates; a condition is a BOOLEAN, and
    None stands for unknown. `field` is the BLR context and key of a node that is only a column. A
    condition can be true only if all its `equalities` hold; `is_equality`: the condition is a
    single equality.
    """

    type: Descriptor
    run: Evaluator
    field: tuple[int, ColumnKey] | None = None
    equalities: "tuple[Equality, ...]" = ()
    is_equality: bool = False


@dataclass(frozen=True, slots=True)
class Equality:
    """`left = right`, with the BLR contexts of the columns that each side reads."""

    left: Node
    right: Node
    left_contexts: tuple[int, ...]
    right_contexts: tuple[int, ...]


def null_propagating(
    result: Descriptor, function: Callable[..., Value | None], *operands: Node
) -> Node:
    """A node that is NULL if any operand is, else the function of the operands' values.

    All operands are evaluated, as in the engine.
    """
    evaluators = [operand.run for operand in operands]

    def run(scope: Scope) -> Value | None:
        values = []
        for evaluate in evaluators:
            values.append(evaluate(scope))
        return None if None in values else function(*values)

    return Node(result, run)
