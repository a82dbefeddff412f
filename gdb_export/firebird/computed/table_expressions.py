"""The expressions of a table: those of its computed columns, and of defaults up to ODS 11."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from graphlib import CycleError, TopologicalSorter

from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.computed.blr.nodes import (
    ColumnKey,
    Environment,
    LookupTable,
    Names,
    PlainNames,
)
from gdb_export.firebird.computed.expression import Expression, parse
from gdb_export.firebird.core.charsets import NONE
from gdb_export.firebird.core.errors import (
    Damage,
    EvaluationError,
    UnsupportedCollation,
    UnsupportedExpression,
)
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Timestamp
from gdb_export.firebird.values.text import TextDecoder, is_binary
from gdb_export.firebird.values.value_types import Value

MAX_TABLE_NODES = 200_000  # of all expressions of a table: about 60 MB of memory

# CURRENT_TIMESTAMP in a default that is evaluated for rows older than the column
_DAY_ZERO = Timestamp(0, 0)


@dataclass(frozen=True, slots=True)
class ExpressionCharsets:
    """Decodes and encodes the texts of expressions by character set id."""

    decoder: TextDecoder

    def decode(self, raw: bytes, charset_id: int) -> str | bytes:
        return raw if is_binary(charset_id) else self.decoder.decode(raw, charset_id)[0]

    def encode(self, text: str | bytes, charset_id: int) -> bytes:
        if isinstance(text, bytes):
            return text
        return self.decoder.encode(text, NONE if is_binary(charset_id) else charset_id)


@dataclass(slots=True)
class TableExpressions:
    """Parses the computed columns of a table.

    `expressions` holds the supported columns by field id, each after the columns that it reads.
    `unsupported` maps the names of the others to the reasons; a column that reads an unsupported
    column is unsupported too. `_columns` has all columns of the table, by name and by field id.
    `parses_computed`: without it, only defaults are evaluated.

    Equal BLR, as of the columns of one domain, is parsed once. MAX_TABLE_NODES bounds the memory of
    all expressions.
    """

    table: Table
    ods: tuple[int, int]
    decoder: TextDecoder
    lookup_table: Callable[[QualifiedName], LookupTable | None]
    is_interbase: bool = False
    budget: EvaluationBudget = field(default_factory=partial(EvaluationBudget, 0))
    parses_computed: bool = True
    names: Names = field(default_factory=PlainNames)
    unsupported: dict[str, str] = field(default_factory=dict)
    expressions: dict[int, Expression] = field(default_factory=dict)
    _columns: dict[ColumnKey, Column] = field(default_factory=dict)
    _parsed: dict[bytes, Expression | str] = field(default_factory=dict)
    _nodes: int = 0

    def __post_init__(self) -> None:
        for column in self.table.columns:
            self._columns[column.name] = self._columns[column.field_id] = column
        parsed = {}
        for column in self.table.columns:
            if column.computed is not None and self.parses_computed:
                expression = self._parse(column, column.computed)
                if expression is not None:
                    parsed[column.field_id] = expression
        for field_id in self._dependency_order(parsed):
            self._add(field_id, parsed)
        for field_id in parsed.keys() - self.expressions.keys():
            name = self._columns[field_id].name
            self.unsupported.setdefault(name, "needs a column that is not evaluated, or itself")

    def _dependency_order(self, parsed: dict[int, Expression]) -> Iterator[int]:
        """Yields field ids after those that they depend on; cycles are left out."""
        order: TopologicalSorter[int] = TopologicalSorter()
        for field_id, expression in parsed.items():
            order.add(field_id, *(self._columns[key].field_id for key in expression.columns))
        with suppress(CycleError):
            order.prepare()
        while ready := order.get_ready():
            yield from ready
            order.done(*ready)

    def _add(self, field_id: int, parsed: dict[int, Expression]) -> None:
        """Adds a column to the supported ones if all computed columns that it reads are."""
        if field_id not in parsed:
            return
        operands = (self._columns[key] for key in parsed[field_id].columns)
        if all(operand.field_id in self.expressions for operand in operands if operand.is_computed):
            self.expressions[field_id] = parsed[field_id]

    def column(self, key: ColumnKey) -> Column:
        return self._columns[key]

    def default(self, column: Column) -> Value | None:
        """The value of a NOT NULL column in rows stored before it was added (ODS 10 and 11)."""
        if column.default is None:
            return None
        if not column.default:
            raise EvaluationError("its value in older rows is lost with its default")
        charsets = ExpressionCharsets(self.decoder)
        environment = Environment(
            self.ods,
            _no_column,
            charsets,
            self.table.owner,
            _DAY_ZERO,
            is_interbase=self.is_interbase,
            budget=self.budget,
        )
        expression = parse(column.default, environment)
        return expression.evaluate_as(column.descriptor, _no_value)

    def _parse(self, column: Column, blr: bytes) -> Expression | None:
        if blr not in self._parsed:
            self._parsed[blr] = self._parse_blr(blr)
        parsed = self._parsed[blr]
        if isinstance(parsed, str):
            self.unsupported[column.name] = parsed
            return None
        return parsed

    def _parse_blr(self, blr: bytes) -> Expression | str:
        """The expression, or the reason for which it is not supported."""
        environment = Environment(
            self.ods,
            # not a method: the expressions would refer to this object, a reference cycle
            partial(_operand_type, self._columns),
            ExpressionCharsets(self.decoder),
            lookup_table=self.lookup_table,
            schema=self.table.qualified_name.schema,
            is_interbase=self.is_interbase,
            names=self.names,
            budget=self.budget,
        )
        try:
            if not blr:
                raise Damage("is lost")
            if self._nodes > MAX_TABLE_NODES:
                raise UnsupportedExpression(
                    f"is one of too many: those of its table have more than {MAX_TABLE_NODES} parts"
                )
            expression = parse(blr, environment)
        except UnsupportedCollation as error:
            return f"compares texts by {self.names.collation(error.charset_id, error.collation_id)}"
        except (UnsupportedExpression, Damage) as error:
            return str(error)
        self._nodes += expression.size
        return expression


def _operand_type(columns: Mapping[ColumnKey, Column], key: ColumnKey) -> Descriptor | None:
    """The type of a column; a text blob has its character set in place of the scale."""
    column = columns.get(key)
    if column is None:
        return None
    if column.is_text_blob:
        return column.descriptor._replace(scale=column.charset)
    return column.descriptor


def _no_column(key: ColumnKey) -> Descriptor | None:
    return None


def _no_value(key: ColumnKey) -> Value | None:
    raise EvaluationError(f"a default that needs the column {key}")
