"""What the parser makes of BLR: nodes with a type known beforehand, and a way to run them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Timestamp
from gdb_export.firebird.values.value_types import Value

ColumnKey = str | int
# The value of a column of the row, by name or field id
Row = Callable[[ColumnKey], Value | None]


class Charsets(Protocol):
    """Text of bytes and back; OCTETS (1) stay bytes."""

    def decode(self, raw: bytes, charset_id: int) -> str | bytes: ...

    def encode(self, text: str | bytes, charset_id: int) -> bytes: ...


class OtherTable(Protocol):
    """A table beside the one whose column is computed."""

    def column(self, key: ColumnKey) -> Descriptor | None: ...

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[Mapping[ColumnKey, Value | None]]:
        """Some columns of all rows; EvaluationError where they are too many to be held."""
        ...


def _no_table(name: str) -> OtherTable | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression is parsed in. `column` gives the declared type of a column of the table,
    by name or field id, or None where there is no such column. `user` and `moment` are what USER
    and CURRENT_TIMESTAMP give; where they are None, an expression that needs them is refused."""

    ods: tuple[int, int]
    column: Callable[[ColumnKey], Descriptor | None]
    charsets: Charsets
    user: str | None = None
    moment: Timestamp | None = None
    table: Callable[[str], OtherTable | None] = _no_table


@dataclass(slots=True)
class Scope:
    """One evaluation: the row, the variables that old BLR declares inside expressions, and the
    rows of other tables by the number that BLR gives each."""

    row: Row
    variables: dict[int, Value | None] = field(default_factory=dict)
    others: dict[int, Mapping[ColumnKey, Value | None]] = field(default_factory=dict)


Run = Callable[[Scope], Value | None]


@dataclass(frozen=True, slots=True)
class Node:
    """`type` is the one that the engine gives the expression before it runs; conditions are
    booleans with None for unknown. `field` is the context and key of a bare column, `equalities`
    what must be equal for a condition to be true, and `is_equality` that it is nothing else."""

    type: Descriptor
    run: Run
    field: tuple[int, ColumnKey] | None = None
    equalities: "tuple[Equality, ...]" = ()
    is_equality: bool = False


@dataclass(frozen=True, slots=True)
class Equality:
    """Two nodes, and the contexts that the fields in each belong to."""

    left: Node
    right: Node
    left_contexts: tuple[int, ...]
    right_contexts: tuple[int, ...]


UNKNOWN = Descriptor(Dtype.NONE)
BOOLEAN = Descriptor(Dtype.BOOLEAN, length=1)
SHORT = Descriptor(Dtype.SHORT, length=2)
LONG = Descriptor(Dtype.LONG, length=4)
INT64 = Descriptor(Dtype.INT64, length=8)
DOUBLE = Descriptor(Dtype.DOUBLE, length=8)
DECFLOAT_34 = Descriptor(Dtype.DEC128, length=16)
DATE = Descriptor(Dtype.DATE, length=4)
TIME = Descriptor(Dtype.TIME, length=4)
TIMESTAMP = Descriptor(Dtype.TIMESTAMP, length=8)
TIME_TZ = Descriptor(Dtype.TIME_TZ, length=8)
TIMESTAMP_TZ = Descriptor(Dtype.TIMESTAMP_TZ, length=12)

NONE, OCTETS, ASCII, METADATA = 0, 1, 2, 3
LONGEST_TEXT = 32765

DATE_TYPES = frozenset({Dtype.DATE, Dtype.TIME, Dtype.TIMESTAMP, Dtype.TIME_TZ, Dtype.TIMESTAMP_TZ})
DECFLOAT_TYPES = frozenset({Dtype.DEC64, Dtype.DEC128})
TIME_TYPES = frozenset({Dtype.TIME, Dtype.TIME_TZ})
TIMESTAMP_TYPES = frozenset({Dtype.TIMESTAMP, Dtype.TIMESTAMP_TZ})
ZONED_TYPES = frozenset({Dtype.TIME_TZ, Dtype.TIMESTAMP_TZ})
NUMERIC_TYPES = INTEGER_TYPES | FLOAT_TYPES | DECFLOAT_TYPES


def exact_type(dtype: Dtype, scale: int) -> Descriptor:
    """Raises UnsupportedExpression for a scale that a descriptor does not hold."""
    if not -128 <= scale <= 127:
        raise UnsupportedExpression(f"calculates with {-scale} decimals")
    length = {Dtype.SHORT: 2, Dtype.LONG: 4, Dtype.INT64: 8, Dtype.INT128: 16}[dtype]
    return Descriptor(dtype, scale, length)


def text_type(sub_type: int = NONE, length: int = LONGEST_TEXT) -> Descriptor:
    """A VARCHAR; `sub_type` is charset + 256 * collation."""
    return Descriptor(Dtype.VARYING, 0, length + 2, sub_type)


def is_text(descriptor: Descriptor) -> bool:
    """True for text blobs too: their values are text all the same."""
    return descriptor.dtype in TEXT_TYPES or descriptor.dtype == Dtype.BLOB


def is_exact(descriptor: Descriptor) -> bool:
    return descriptor.dtype in INTEGER_TYPES


def is_date(descriptor: Descriptor) -> bool:
    return descriptor.dtype in DATE_TYPES


def is_numeric(descriptor: Descriptor) -> bool:
    return descriptor.dtype in NUMERIC_TYPES


def is_unknown(descriptor: Descriptor) -> bool:
    """The type of a bare NULL."""
    return descriptor.dtype == Dtype.NONE
