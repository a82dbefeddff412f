"""Values of the computed columns of a row; each is evaluated once per row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gdb_export.firebird.computed.blr.nodes import ColumnKey
from gdb_export.firebird.computed.expression import Expression
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


@dataclass(frozen=True, slots=True)
class ComputedColumn:
    """A computed column; its values are converted to the type `declared`."""

    field_id: int
    expression: Expression
    declared: Descriptor


@dataclass(slots=True)
class ComputedValues:
    """Evaluates the computed columns of a table.

    `columns` are ordered so that each follows the columns that it reads: a chain of any length is
    evaluated without recursion. `stored` holds the readers of the stored columns, `field_ids` the
    field ids of the computed columns. `_values` belong to the record image `_image`.
    """

    columns: tuple[ComputedColumn, ...]
    stored: Mapping[ColumnKey, Callable[[bytes], Value]]
    field_ids: Mapping[ColumnKey, int]
    _image: bytes | None = None
    _values: dict[int, Value | EvaluationError | Damage] = field(default_factory=dict)

    def value(self, field_id: int, image: bytes) -> Value | None:
        """The value of a column. Raises EvaluationError if its evaluation failed, and Damage if a
        column that it reads is damaged."""
        if image is not self._image:
            self._evaluate(image)
        return _value_or_error(self._values[field_id])

    def _evaluate(self, image: bytes) -> None:
        self._image = None
        self._values = {}

        def read_column(key: ColumnKey) -> Value | None:
            if key in self.field_ids:
                return _value_or_error(self._values[self.field_ids[key]])
            return self.stored[key](image)

        for column in self.columns:
            value: Value | EvaluationError | Damage
            try:
                value = column.expression.evaluate_as(column.declared, read_column)
            # a new error without traceback, which would form a reference cycle
            except EvaluationError as error:
                value = EvaluationError(*error.args)
            except Damage as damage:
                value = Damage(str(damage))
            self._values[column.field_id] = value
        self._image = image


def _value_or_error(value: Value | EvaluationError | Damage) -> Value | None:
    if isinstance(value, EvaluationError):
        raise EvaluationError(*value.args)
    if isinstance(value, Damage):
        raise Damage(value.reason)
    return value
