"""Values of the computed columns of a row, each evaluated once, whichever columns need it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gdb_export.firebird.computed.blr.nodes import ColumnKey
from gdb_export.firebird.computed.expression import Expression
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


@dataclass(frozen=True, slots=True)
class ComputedColumn:
    field_id: int
    expression: Expression
    declared: Descriptor


@dataclass(slots=True)
class ComputedValues:
    """`columns` stand behind those that they need; so nothing recurses, however long the chain is.

    `stored` reads the columns that are not computed, `field_ids` names those that are.
    """

    columns: tuple[ComputedColumn, ...]
    stored: Mapping[ColumnKey, Callable[[bytes], Value]]
    field_ids: Mapping[ColumnKey, int]
    _image: bytes | None = None
    _values: dict[int, Value | EvaluationError] = field(default_factory=dict)

    def value(self, field_id: int, image: bytes) -> Value | None:
        """Raises EvaluationError where the column's expression fails, or one that it needs."""
        if image is not self._image:
            self._evaluate(image)
        return _value_or_error(self._values[field_id])

    def _evaluate(self, image: bytes) -> None:
        self._image = None
        self._values = {}

        def operand(key: ColumnKey) -> Value | None:
            if key in self.field_ids:
                return _value_or_error(self._values[self.field_ids[key]])
            return self.stored[key](image)

        for column in self.columns:
            try:
                value = column.expression.evaluate_as(column.declared, operand)
            except EvaluationError as error:
                value = error
            self._values[column.field_id] = value
        self._image = image


def _value_or_error(value: Value | EvaluationError) -> Value | None:
    if isinstance(value, EvaluationError):
        raise value
    return value
