"""The expressions of a table: those of its computed columns, and of defaults in old files."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Context, OtherTable
from gdb_export.firebird.computed.expression import Expression, parse
from gdb_export.firebird.core.charsets import NONE
from gdb_export.firebird.core.errors import Damage, EvaluationError, UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Timestamp
from gdb_export.firebird.values.text import TextDecoder, is_binary
from gdb_export.firebird.values.value_types import Value

# What CURRENT_DATE and its like are in a default that is evaluated for a row older than its column
_ZERO = Timestamp(0, 0)


@dataclass(frozen=True, slots=True)
class ExpressionText:
    """Text of the literals in expressions, by character set id."""

    text: TextDecoder

    def decode(self, raw: bytes, charset_id: int) -> str | bytes:
        return raw if is_binary(charset_id) else self.text.decode(raw, charset_id)[0]

    def encode(self, text: str | bytes, charset_id: int) -> bytes:
        if isinstance(text, bytes):
            return text
        return self.text.encode(text, NONE if is_binary(charset_id) else charset_id)


@dataclass(slots=True)
class TableExpressions:
    """Parsed once a table. `unsupported` names the computed columns that are not evaluated, with
    the reason: one that needs such a column is not evaluated either. `expressions` by field id
    stand behind those that they need."""

    table: Table
    ods: tuple[int, int]
    text: TextDecoder
    other_table: Callable[[str], OtherTable | None]
    unsupported: dict[str, str] = field(default_factory=dict)
    expressions: dict[int, Expression] = field(default_factory=dict)
    _columns: dict[ColumnKey, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.table.columns:
            self._columns[column.name] = self._columns[column.field_id] = column
        parsed = {}
        for column in self.table.columns:
            if column.computed is not None:
                expression = self._parsed(column, column.computed)
                if expression is not None:
                    parsed[column.field_id] = expression
        for field_id in self._in_order(parsed):
            self._add(field_id, parsed)
        for field_id in parsed.keys() - self.expressions.keys():
            name = self._columns[field_id].name
            self.unsupported.setdefault(name, "needs a column that is not evaluated, or itself")

    def _in_order(self, parsed: dict[int, Expression]) -> Iterator[int]:
        """Field ids behind those of the columns that they need, but for columns in a circle."""
        order: TopologicalSorter[int] = TopologicalSorter()
        for field_id, expression in parsed.items():
            order.add(field_id, *(self._columns[key].field_id for key in expression.columns))
        with suppress(CycleError):
            order.prepare()
        while ready := order.get_ready():
            yield from ready
            order.done(*ready)

    def _add(self, field_id: int, parsed: dict[int, Expression]) -> None:
        if field_id not in parsed:
            return
        needed = (self._columns[key] for key in parsed[field_id].columns)
        if all(one.field_id in self.expressions for one in needed if one.is_computed):
            self.expressions[field_id] = parsed[field_id]

    def column(self, key: ColumnKey) -> Column:
        return self._columns[key]

    def default(self, column: Column) -> Value | None:
        """What a NOT NULL column of ODS 10 or 11 has in rows that are older than it."""
        if not column.default:
            return None
        context = Context(
            self.ods, self._no_column, ExpressionText(self.text), self.table.owner, _ZERO
        )
        expression = parse(column.default, context)
        return expression.evaluate_as(column.descriptor, _no_row)

    def _parsed(self, column: Column, blr: bytes) -> Expression | None:
        context = Context(
            self.ods, self._descriptor, ExpressionText(self.text), table=self.other_table
        )
        try:
            if not blr:
                raise Damage("is lost")
            return parse(blr, context)
        except (UnsupportedExpression, Damage) as refusal:
            self.unsupported[column.name] = str(refusal)
            return None

    def _descriptor(self, key: ColumnKey) -> Descriptor | None:
        column = self._columns.get(key)
        if column is None:
            return None
        if column.is_text_blob:
            return column.descriptor._replace(scale=column.charset)
        return column.descriptor

    @staticmethod
    def _no_column(key: ColumnKey) -> None:
        return None


def _no_row(key: ColumnKey) -> Value | None:
    raise EvaluationError(f"a default needs the column {key}")
