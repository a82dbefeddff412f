"""The expressions of a table: those of its computed columns, and of defaults in old files."""

from dataclasses import dataclass, field

from job.firebird.blr import Context, Expression, parse
from job.firebird.blr.nodes import ColumnKey
from job.firebird.columns import Column, Table
from job.firebird.conversions import Value, convert
from job.firebird.errors import Damage, EvaluationError, UnsupportedExpression
from job.firebird.formats import Descriptor
from job.firebird.temporal import Timestamp
from job.firebird.text import TextDecoder, is_binary

# What CURRENT_DATE and its like are in a default that is evaluated for a row older than its column
_ZERO = Timestamp(0, 0)


@dataclass(frozen=True, slots=True)
class ExpressionText:
    """Text of the literals in expressions, by character set id."""

    text: TextDecoder

    def decode(self, raw: bytes, charset_id: int) -> str | bytes:
        return raw if is_binary(charset_id) else self.text.decode(raw, charset_id)[0]

    def encode(self, text: str | bytes, charset_id: int) -> bytes:
        return text if isinstance(text, bytes) else self.text.encode(text, charset_id)


@dataclass(slots=True)
class TableExpressions:
    """Parsed once a table. `unsupported` names the computed columns that are not evaluated, with
    the reason: one that needs such a column is not evaluated either."""

    table: Table
    ods: tuple[int, int]
    text: TextDecoder
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
        while parsed:
            ready = [field_id for field_id in parsed if self._is_ready(parsed[field_id])]
            if not ready:
                break
            for field_id in ready:
                self.expressions[field_id] = parsed.pop(field_id)
        for field_id in parsed:
            column = self._columns[field_id]
            self.unsupported[column.name] = "needs a column that is not evaluated, or itself"

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
        value = expression.evaluate(_no_row)
        return convert(value, expression.type, column.descriptor, self.ods, expression.is_dialect_1)

    def _parsed(self, column: Column, blr: bytes) -> Expression | None:
        context = Context(self.ods, self._descriptor, ExpressionText(self.text))
        try:
            if not blr:
                raise Damage("is lost")
            return parse(blr, context)
        except (UnsupportedExpression, Damage) as refusal:
            self.unsupported[column.name] = str(refusal)
            return None

    def _is_ready(self, expression: Expression) -> bool:
        """Are all the computed columns that it needs known to be evaluated?"""
        needed = [self._columns[key] for key in expression.columns]
        return all(column.field_id in self.expressions for column in needed if column.is_computed)

    def _descriptor(self, key: ColumnKey) -> Descriptor | None:
        column = self._columns.get(key)
        return None if column is None else column.descriptor

    @staticmethod
    def _no_column(key: ColumnKey) -> None:
        return None


def _no_row(key: ColumnKey) -> Value | None:
    raise EvaluationError(f"a default needs the column {key}")
