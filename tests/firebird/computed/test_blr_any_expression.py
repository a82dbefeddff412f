"""Any expression gives a value or raises a FirebirdError.

Random trees of verbs over columns of every type with extreme values: no engine would compile most
of them, but a damaged or hostile file may hold them.
"""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdb_export.firebird.computed.blr.nodes import Environment
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.system_functions import FUNCTIONS
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.exact import exact
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from tests.firebird.computed.blr_builder import (
    Charsets,
    call,
    field,
    integer,
    name,
    numeric,
    text,
    verb,
)

INT64_MAX = 2**63 - 1
DAYS = (-(2**31), -678576, 0, 58908, 2973483, 2**31 - 1)
PARIS = 65061
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
TYPES = (7, 8, 16, 26)  # with a scale
PLAIN_TYPES = (10, 27, 12, 13, 35, 23, 24, 25, 28, 29)

leaves = st.one_of(
    st.sampled_from(sorted(VALUES)).map(field),
    st.sampled_from([0, 1, -1, 3, 60, 2**31 - 1, -(2**31)]).map(integer),
    st.sampled_from(["0.5", "-2.50", "1.000000"]).map(numeric),
    st.sampled_from(["", "%", "a_", "12", "Europe/Paris", "2020-01-01 +05:00"]).map(text),
    st.just(bytes([45])),
    st.sampled_from([8, 3, 127, 200]).map(lambda scale: bytes([21, 16, scale]) + b"\x07" * 8),
)


columns = st.sampled_from(sorted(VALUES))


def inner(column: str) -> bytes:
    return bytes([23, 1]) + name(column)


def branches(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    pairs = st.tuples(children, children)
    lists = st.lists(children, min_size=0, max_size=4)
    binary = [34, 35, 36, 37, 39, 46, 47, 48, 49, 50, 51, 52, 53, 55, 57, 58, 63]
    return st.one_of(
        st.builds(lambda code, ab: verb(code, *ab), st.sampled_from(binary), pairs),
        st.builds(verb, st.sampled_from([38, 59, 61, 103, 181, 201]), children),
        st.builds(verb, st.sampled_from([40, 56, 105, 108]), children, children, children),
        st.builds(
            lambda code, sub, a: bytes([code, sub]) + a,
            st.sampled_from([159, 182]),
            st.integers(0, 13),
            children,
        ),
        st.builds(
            lambda where, a, b: bytes([183, where, 1]) + a + b,
            st.integers(0, 2),
            children,
            children,
        ),
        st.builds(lambda where, a: bytes([183, where, 0]) + a, st.integers(0, 2), children),
        st.builds(lambda items: bytes([202, len(items)]) + b"".join(items), lists),
        st.builds(
            lambda a, b: bytes([203]) + b"".join(a[:1] or [integer(1)]) + bytes([len(b)])
            + b"".join(b) + bytes([len(b)]) + b"".join(b),
            lists,
            lists,
        ),
        st.builds(
            lambda a, items: bytes([64]) + a + bytes([len(items), 0]) + b"".join(items),
            children,
            lists,
        ),
        st.builds(lambda a, b: bytes([216]) + a + bytes([1]) + b, children, children),
        st.builds(
            lambda code, scale, a: bytes([131, code, scale]) + a,
            st.sampled_from(TYPES),
            st.sampled_from([0, 254, 240, 128, 5]),
            children,
        ),
        st.builds(lambda code, a: bytes([131, code]) + a, st.sampled_from(PLAIN_TYPES), children),
        st.builds(
            lambda code, charset, length, a: bytes([131, code, charset, 0, length, 0]) + a,
            st.sampled_from([15, 38]),
            st.sampled_from([0, 1, 2, 3, 4, 53]),
            st.integers(0, 40),
            children,
        ),
        st.builds(lambda f, items: call(f, *items), st.sampled_from(sorted(FUNCTIONS)), lists),
        st.builds(
            lambda code, column, wanted, value, other: bytes([43, 127, 67, 1, 74]) + name("T")
            + bytes([1, 71, code]) + inner(column) + wanted + bytes([255]) + inner(value) + other,
            st.sampled_from(range(46, 53)), columns, children, columns, children,
        ),
        st.builds(
            lambda number, column, wanted, value: bytes([43, 127, 67, 1, 79, 2, 67, 1, 74])
            + name("T") + bytes([1, 71, 47]) + inner(column) + wanted
            + bytes([255, 78, 0, 77, 1, 0, 0, 0, number]) + inner(value)
            + bytes([255, 24, 2, 0, 0, 45]),
            st.sampled_from([84, 85, 86, 87, 93, 94]), columns, children, columns,
        ),
    )  # fmt: skip


expressions = st.recursive(leaves, branches, max_leaves=12)


class ExtremeTable:
    """Rows of extreme values, in all columns."""

    def column(self, key: object) -> Descriptor | None:
        return column(key)

    def rows(self, keys: object) -> list[dict[str | int, Any]]:
        return [
            {key: values[i % len(values)] for key, (_, values) in VALUES.items()} for i in range(4)
        ]


def column(key: object) -> Descriptor | None:
    return VALUES[str(key)][0] if str(key) in VALUES else None


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    expressions, st.sampled_from([4, 5]), st.sampled_from([(10, 1), (11, 2), (13, 1)]), st.data()
)
def test_any_expression_gives_a_value_or_raises_a_firebird_error(
    expression: bytes, version: int, ods: tuple[int, int], data: st.DataObject
) -> None:
    blob = bytes([version]) + expression + bytes([76])
    with suppress(FirebirdError):
        environment = Environment(ods, column, Charsets(), lookup_table=lambda name: ExtremeTable())
        parsed = parse(blob, environment)
        targets = [descriptor for descriptor, _ in VALUES.values()]
        for _ in range(3):
            row = {
                key: data.draw(st.sampled_from([None, *VALUES[str(key)][1]]))
                for key in parsed.columns
            }
            with suppress(FirebirdError):
                parsed.evaluate_as(data.draw(st.sampled_from(targets)), row.__getitem__)
