"""How an image is made of a row, as numbers: the same that rows.py does, for compiled code."""

import re
from array import array
from collections.abc import Iterator

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch, Step
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.rows import (
    COUNTED,
    FLAG_BYTES,
    XDR,
    XDR_REVERSED,
    XDR_UNIT,
    RowLayout,
    padded,
)
from gdb_export.firebird.records.formats import Descriptor

_CODE = re.compile(r"(\d*)([a-zA-Z])")
_CODE_BYTES = {"B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}

_LONGEST = 1 << 18  # bytes of a row or an image; no engine lets a table have more

Steps = Iterator[tuple[Step, int]]


def make_backup_row_batch(layout: RowLayout, records: DataRecords) -> BackupRowBatch | None:
    """None where a row has no values, or more than there can be."""
    stored = [place for place, one in enumerate(layout.fields) if not one.is_computed]
    if not stored or max(layout.longest, layout.format.length) > _LONGEST:
        return None
    null_bytes = max(1, (len(layout.fields) + 7) // 8)
    flag_bytes = XDR_UNIT if records.is_transportable else FLAG_BYTES
    if records.is_transportable:
        steps = [step for place in stored for step in _xdr(layout.fields[place].descriptor)]
    else:
        values = layout.format.length - null_bytes
        between = layout.longest - flag_bytes * len(stored) - values
        steps = [(Step.COPIED, values), (Step.PASSED, between)]
    return BackupRowBatch(
        records.is_compressed,
        records.is_transportable,
        layout.shortest,
        layout.longest,
        layout.format.length,
        null_bytes,
        flag_bytes,
        memoryview(array("i", [number for step in steps for number in step]))
        .cast("B")
        .cast("i", (len(steps), 2)),
        memoryview(array("i", stored)),
    )


def _xdr(one: Descriptor) -> Steps:
    if one.dtype in COUNTED:
        has_count = one.dtype == Dtype.VARYING
        yield (Step.VARYING, one.length - 2) if has_count else (Step.COUNTLESS, one.length)
    elif one.dtype in XDR_REVERSED:
        yield Step.REVERSED, one.length
    elif one.dtype == Dtype.TEXT:
        yield Step.COPIED, one.length
        yield Step.PASSED, padded(one.length) - one.length
    else:
        source, target = XDR[one.dtype]
        yield from _of_codes(source)
        yield Step.ZEROS, sum(count for step, count in _of_codes(target) if step == Step.PASSED)


def _of_codes(codes: str) -> Steps:
    """Of what struct calls it: values in the other order, and bytes that are none."""
    for count, code in _CODE.findall(codes):
        if code == "x":
            yield Step.PASSED, int(count or 1)
        else:
            yield Step.REVERSED, _CODE_BYTES[code]
