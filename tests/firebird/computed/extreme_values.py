"""Columns of every type with extreme values, for tests on any expression."""

from decimal import Decimal
from typing import Any

from gdb_export.firebird.computed.blr.nodes import Environment
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.exact import exact
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from tests.firebird.computed.blr_builder import Charsets

INT64_MAX = 2**63 - 1
DAYS = (-(2**31), -678576, 0, 58908, 2973483, 2**31 - 1)
PARIS = 65061  # id of the time zone Europe/Paris
TICKS = (0, 1, 863_999_999, 2**32 - 1)
VALUES: dict[str, tuple[Descriptor, list[Any]]] = {
    "SMALL": (Descriptor(Dtype.SHORT, 0, 2), [0, -1, 32767, -32768]),
    "LONG": (Descriptor(Dtype.LONG, 0, 4), [0, 7, 2**31 - 1, -(2**31)]),
    "BIG": (Descriptor(Dtype.INT64, 0, 8), [0, 1, INT64_MAX, -INT64_MAX - 1]),
    "NUM": (Descriptor(Dtype.INT64, -4, 8), [Decimal("0.0000"), Decimal("-922337203685477.5808")]),
    "WIDE": (Descriptor(Dtype.INT128, -10, 16), [exact(2**127 - 1, -10), exact(0, -10)]),
    "TINY": (Descriptor(Dtype.INT64, -127, 8), [exact(5, -127)]),
    "REAL": (Descriptor(Dtype.REAL, 0, 4), [0.5, float("inf"), float("nan"), -0.0]),
    "DOUBLE": (Descriptor(Dtype.DOUBLE, -2, 8), [1e308, -1e-308, float("nan"), float("-inf"), 2.5]),
    "DEC": (
        Descriptor(Dtype.DEC128, 0, 16),
        [DecFloat(Decimal(t)) for t in ("1E+6144", "1E-6176", "NaN", "sNaN", "-Infinity", "0")],
    ),
    "CHAR": (Descriptor(Dtype.TEXT, 0, 5), ["", "abc  ", "  1.5", "0x1F "]),
    "VARCHAR": (Descriptor(Dtype.VARYING, 0, 42, 4), ["", "é", "2020-02-29", "1e400", "nan", "\0"]),
    "OCTETS": (Descriptor(Dtype.VARYING, 0, 42, 1), [b"", b"\xff\0", b"12"]),
    "BLOB": (Descriptor(Dtype.BLOB, 0, 8, 1), ["", "text" * 50]),
    "BYTES": (Descriptor(Dtype.BLOB, 0, 8, 0), [b"", b"\0\xff" * 50]),
    "DATE": (Descriptor(Dtype.DATE, 0, 4), [Date(days) for days in DAYS]),
    "TIME": (Descriptor(Dtype.TIME, 0, 4), [Time(ticks) for ticks in TICKS]),
    "STAMP": (
        Descriptor(Dtype.TIMESTAMP, 0, 8),
        [Timestamp(days, ticks) for days in DAYS for ticks in TICKS],
    ),
    "TIMETZ": (Descriptor(Dtype.TIME_TZ, 0, 8), [TimeTz(t, PARIS) for t in TICKS]),
    "STAMPTZ": (
        Descriptor(Dtype.TIMESTAMP_TZ, 0, 12),
        [TimestampTz(d, t, z) for d in DAYS for t in TICKS for z in (0, 5000, PARIS)],
    ),
    "BOOL": (Descriptor(Dtype.BOOLEAN, 0, 1), [True, False]),
}  # fmt: skip


class ExtremeTable:
    """A table with four rows of extreme values."""

    def column(self, key: object) -> Descriptor | None:
        return column(key)

    def rows(self, keys: object) -> list[dict[str | int, Any]]:
        return [
            {key: values[i % len(values)] for key, (_, values) in VALUES.items()} for i in range(4)
        ]


def column(key: object) -> Descriptor | None:
    return VALUES[str(key)][0] if str(key) in VALUES else None


def environment(ods: tuple[int, int], steps: int | None = None) -> Environment:
    """An environment in which expressions read these columns; `steps` limits their evaluation."""
    budget = EvaluationBudget(0)
    if steps is not None:
        budget.steps_left = steps
    return Environment(
        ods, column, Charsets(), lookup_table=lambda name: ExtremeTable(), budget=budget
    )
