"""The common type of the branches of CASE, COALESCE, DECODE, MAXVALUE and MINVALUE."""

from gdb_export.firebird.computed.blr.descriptors import (
    UNKNOWN,
    ZONED_TYPES,
    exact_type,
    is_date,
    is_exact,
    is_numeric,
    is_text,
    is_unknown,
    text_type,
)
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

_EXACT_TYPES_BY_WIDTH = (Dtype.SHORT, Dtype.LONG, Dtype.QUAD, Dtype.INT64, Dtype.INT128)


def common_type(types: list[Descriptor]) -> Descriptor:
    """A type for the values of all the given types; untyped NULLs are ignored."""
    known = [descriptor for descriptor in types if not is_unknown(descriptor)]
    if not known:
        return UNKNOWN
    first = known[0]
    if all(descriptor == first for descriptor in known):
        return first
    if all(is_exact(descriptor) for descriptor in known):
        widest = max((Dtype(d.dtype) for d in known), key=_EXACT_TYPES_BY_WIDTH.index)
        return exact_type(widest, min(descriptor.scale for descriptor in known))
    if all(is_numeric(descriptor) for descriptor in known):
        inexact = [descriptor for descriptor in known if not is_exact(descriptor)]
        return max(inexact, key=lambda descriptor: descriptor.dtype)
    if any(is_text(descriptor) for descriptor in known):
        return _common_text_type(known)
    if all(is_date(descriptor) for descriptor in known):
        return max(known, key=lambda descriptor: descriptor.dtype in ZONED_TYPES)
    return text_type()


def _common_text_type(types: list[Descriptor]) -> Descriptor:
    """The first blob, else a VARCHAR with the first character set that is not NONE."""
    texts = [descriptor for descriptor in types if is_text(descriptor)]
    for descriptor in texts:
        if descriptor.dtype == Dtype.BLOB:
            return descriptor
    return text_type(next((text.sub_type for text in texts if text.charset_id), 0))
