"""The types that rows of RDB$FIELDS declare, and what else they say of a column."""

from gdb_export.firebird.catalogue.system_rows import Row
from gdb_export.firebird.core import charsets, ods
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

EMPTY_BLOB = bytes(8)
_SCALES = range(-128, 128)


def declared_descriptor(domain: Row, collation: int | None = None) -> Descriptor:
    """The type that RDB$FIELDS declares; what is not there reads as an unknown type. A column may
    have a collation of its own."""
    dtype = ods.DTYPE_OF_FIELD_TYPE.get(domain.get("FIELD_TYPE") or 0, Dtype.NONE)
    length = (domain.get("FIELD_LENGTH") or 0) & 0xFFFF
    if domain.get("DIMENSIONS"):
        dtype, length = Dtype.ARRAY, 8
    if dtype in ods.TEXT_TYPES:
        length += 2 if dtype == Dtype.VARYING else 0
        if collation is None:
            collation = domain.get("COLLATION_ID") or 0
        charset = (domain.get("CHARACTER_SET_ID") or 0) & 0xFF
        return Descriptor(dtype, 0, length, (collation & 0xFF) << 8 | charset)
    length = ods.DTYPE_LENGTH.get(dtype, length)
    scale = domain.get("FIELD_SCALE") or 0
    sub_type = domain.get("FIELD_SUB_TYPE") or 0
    return Descriptor(dtype, scale if scale in _SCALES else 0, length, sub_type)


def charset_of(descriptor: Descriptor, domain: Row) -> int:
    if descriptor.dtype in ods.TEXT_TYPES:
        return descriptor.charset_id
    return (domain.get("CHARACTER_SET_ID") or charsets.NONE) & 0xFF


def has_blob(blob: bytes | None) -> bool:
    """A blob that is not there may be NULL, or an id of zeros."""
    return blob is not None and blob != EMPTY_BLOB
