"""Arrays as JSON lists."""

import json
from decimal import Decimal
from typing import Any

import pytest

from gdb_export.csv_rows.array_text import array_text
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz

TEXT = Descriptor(Dtype.TEXT, 0, 5)
VARYING = Descriptor(Dtype.VARYING, 0, 7)


@pytest.mark.parametrize(
    ("element", "value", "text"),
    [
        (Descriptor(Dtype.SHORT), -32768, "-32768"),
        (Descriptor(Dtype.INT64), 1 << 62, str(1 << 62)),
        (Descriptor(Dtype.INT128), -(1 << 127), str(-(1 << 127))),
        (Descriptor(Dtype.LONG, -2), Decimal("-0.05"), "-0.05"),
        (Descriptor(Dtype.LONG, -2), Decimal("5.00"), "5.00"),
        (Descriptor(Dtype.DOUBLE), 0.1, "0.1"),
        (Descriptor(Dtype.DOUBLE), 1e300, "1e+300"),
        (Descriptor(Dtype.DOUBLE, -2), 1.0, "1.00"),
        (Descriptor(Dtype.REAL), 0.10000000149011612, "0.1"),
        (Descriptor(Dtype.BOOLEAN), True, "true"),
        (Descriptor(Dtype.DATE), Date(0), '"1858-11-17"'),
        (Descriptor(Dtype.TIME), Time(1), '"00:00:00.0001"'),
        (Descriptor(Dtype.TIMESTAMP), Timestamp(0, 0), '"1858-11-17 00:00:00"'),
        (Descriptor(Dtype.TIMESTAMP_TZ), TimestampTz(0, 0, 1439), '"1858-11-17 00:00:00 +00:00"'),
        (Descriptor(Dtype.DEC64), DecFloat(Decimal("1.50")), '"1.50"'),
        (TEXT, "ab   ", '"ab"'),
        (TEXT, "     ", '""'),
        (VARYING, "ab  ", '"ab  "'),
        (VARYING, 'a"b\\c\n\x01é中', '"a\\"b\\\\c\\n\\u0001é中"'),
        (VARYING, b"\x00\xff", '"00ff"'),
    ],
    ids=str,
)
def test_an_array_of_one_element(element: Descriptor, value: Any, text: str) -> None:
    assert array_text(element, [value]) == f"[{text}]"
    assert len(json.loads(array_text(element, [value]))) == 1


def test_dimensions_are_nested_lists() -> None:
    element = Descriptor(Dtype.LONG)
    assert array_text(element, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]) == (
        "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]"
    )
    assert array_text(element, []) == "[]"


def test_nan_and_infinities_are_written_as_in_other_columns() -> None:
    values: list[Any] = [float("nan"), float("inf"), float("-inf")]
    assert array_text(Descriptor(Dtype.DOUBLE), values) == "[NaN, Infinity, -Infinity]"
