"""Describes the conversion of a row to an image as integers, for compiled code.

The conversion is the one that row_layout.py implements in Python.
"""

import re
from array import array
from collections.abc import Iterator, Sequence

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch, Step
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.row_layout import (
    NATIVE_FLAG_BYTES,
    XDR,
    XDR_COUNTED,
    XDR_REVERSED,
    XDR_UNIT,
    RowLayout,
    padded,
)
from gdb_export.firebird.records.formats import Descriptor

_STRUCT_CODE = re.compile(r"(\d*)([a-zA-Z])")
_CODE_BYTES = {"B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}

_MAX_BYTES = 1 << 18  # of a row or an image; engines allow fewer

Steps = Iterator[tuple[Step, int]]  # step and its number of bytes


def make_backup_row_batch(layout: RowLayout, records: DataRecords) -> BackupRowBatch | None:
    """The compiled reader of a table's rows; None for rows without values or of more bytes than
    any engine allows."""
    stored = [index for index, field in enumerate(layout.fields) if not field.is_computed]
    if not stored or max(layout.longest, layout.format.length) > _MAX_BYTES:
        return None
    null_bytes = max(1, (len(layout.fields) + 7) // 8)
    flag_bytes = XDR_UNIT if records.is_transportable else NATIVE_FLAG_BYTES
    if records.is_transportable:
        steps = [step for index in stored for step in _xdr_steps(layout.fields[index].descriptor)]
    else:
        values = layout.format.length - null_bytes
        padding = layout.longest - flag_bytes * len(stored) - values
        steps = [(Step.COPIED, values), (Step.SKIPPED, padding)]
    return BackupRowBatch(
        records.is_compressed,
        records.is_transportable,
        layout.shortest,
        layout.longest,
        layout.format.length,
        null_bytes,
        flag_bytes,
        pairs(steps),
        memoryview(array("i", stored)),
        pairs(_blob_offsets(layout)),
    )


def _blob_offsets(layout: RowLayout) -> list[tuple[int, int]]:
    """The numbers of stored blob and array fields, and the offsets of their ids in an image."""
    return [
        (number, layout.format.descriptors[index].offset)
        for number, index in layout.blob_fields.items()
        if not layout.fields[index].is_computed and 0 <= number < 1 << 31
    ]


def pairs(numbers: Sequence[tuple[int, int]]) -> "memoryview[int]":
    """Pairs of integers for compiled code."""
    flat = array("i", [integer for pair in numbers for integer in pair] or [0, 0])
    return memoryview(flat).cast("B").cast("i", (len(flat) // 2, 2))[: len(numbers)]


def _xdr_steps(descriptor: Descriptor) -> Steps:
    length = descriptor.length
    if descriptor.dtype in XDR_COUNTED:
        is_varying = descriptor.dtype == Dtype.VARYING
        yield (Step.VARYING, length - 2) if is_varying else (Step.CSTRING, length)
    elif descriptor.dtype in XDR_REVERSED:
        yield Step.REVERSED, length
    elif descriptor.dtype == Dtype.TEXT:
        yield Step.COPIED, length
        yield Step.SKIPPED, padded(length) - length
    else:
        source, target = XDR[descriptor.dtype]
        yield from _code_steps(source)
        yield Step.ZEROS, sum(count for step, count in _code_steps(target) if step == Step.SKIPPED)


def _code_steps(codes: str) -> Steps:
    """Steps for struct codes: values in reverse byte order, and padding."""
    for count, code in _STRUCT_CODE.findall(codes):
        if code == "x":
            yield Step.SKIPPED, int(count or 1)
        else:
            yield Step.REVERSED, _CODE_BYTES[code]
