"""Arrays as JSON lists: numbers and booleans as such, all other values as strings."""

import json

from gdb_export.csv_rows.value_text import text_of
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.arrays import Nested
from gdb_export.firebird.values.value_types import Value


def array_text(element: Descriptor, values: Nested) -> str:
    """The JSON of an array whose elements have the type `element`."""
    if isinstance(values, list):
        return "[" + ", ".join(array_text(element, value) for value in values) + "]"
    return _element_text(element, values)


def _element_text(element: Descriptor, value: Value) -> str:
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    if isinstance(value, str):
        text = value.rstrip(" ") if element.dtype == Dtype.TEXT else value
        return json.dumps(text, ensure_ascii=False)
    text = text_of(element)(value)
    is_number = element.dtype in INTEGER_TYPES or element.dtype in FLOAT_TYPES
    is_bare = is_number or element.dtype == Dtype.BOOLEAN
    return text if is_bare else json.dumps(text)
