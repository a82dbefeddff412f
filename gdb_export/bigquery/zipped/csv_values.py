"""Texts of a CSV as values of Arrow types."""

import base64
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gdb_export.bigquery.zipped.csv_types import CsvColumn

_DECODERS: dict[str, Callable[[str], bytes]] = {
    "hex": bytes.fromhex,
    "base64": base64.b64decode,
    "uuid": lambda text: uuid.UUID(text).bytes,
}
# Values that Firebird has and no Arrow type: years before 1 or after 9999, and 39 digits
_BEYOND = re.compile(r"(?:-\d{4,}-|\d{5,}-|0000-)\d\d-\d\d|-?\d{39}(?!\d)")
_ANY_DAY = "1970-01-01"


def values_of(texts: pa.Array, column: CsvColumn) -> tuple[pa.Array, int]:
    """The values of a column, and the number of those that became NULL because its type can't
    hold them. Raises ValueError for a text that is not a value of the type."""
    try:
        return _cast(texts, column), 0
    except pa.ArrowInvalid:
        pass
    items = texts.to_pylist()
    kept = [None if text is not None and _BEYOND.match(text) else text for text in items]
    count = sum(text is not None for text in items) - sum(text is not None for text in kept)
    # values beyond the range of the type are NULL by now: this fails only for a text that is not of
    # the type at all, with ArrowInvalid, which is a ValueError
    return _cast(pa.array(kept, pa.string()), column), count


def _cast(texts: pa.Array, column: CsvColumn) -> pa.Array:
    types, target = pa.types, column.type
    if types.is_string(target):
        return texts
    if types.is_binary(target):
        decode = _DECODERS[column.encoding]
        return _mapped(texts, decode, target)
    if types.is_list(target):
        return _lists(texts, column)
    if types.is_time(target):
        moments = pc.binary_join_element_wise(pa.scalar(_ANY_DAY), texts, " ")
        return pc.cast(pc.cast(moments, pa.timestamp("us")), target)
    return pc.cast(texts, target)


def _mapped(texts: pa.Array, convert: Callable[[str], Any], target: pa.DataType) -> pa.Array:
    values = [None if text is None else convert(text) for text in texts.to_pylist()]
    return pa.array(values, target)


def _lists(texts: pa.Array, column: CsvColumn) -> pa.Array:
    """Lists of one dimension from their JSON. An element that its type can't hold is NULL."""
    lists = [None if text is None else _elements(text) for text in texts.to_pylist()]
    elements = [element for found in lists for element in found or ()]
    element = CsvColumn(column.name, column.type.value_type, column.encoding)
    values, _ = values_of(pa.array(elements, pa.string()), element)
    offsets = [0]
    for found in lists:
        offsets.append(offsets[-1] + len(found or ()))
    mask = pa.array([found is None for found in lists])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=mask)


def _elements(text: str) -> list[str | None]:
    """The elements of a JSON list as texts; numbers keep their digits."""
    parsed = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(parsed, list):
        raise ValueError(f"{text[:50]} is not a list")
    words = {True: "true", False: "false"}
    return [words[item] if isinstance(item, bool) else item for item in parsed]
