"""The types of columns as RDB$FIELDS declares them."""

from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core import charsets, interbase, ods
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

EMPTY_BLOB = bytes(8)
# A format holds a scale in 8 bits and a sub type in 16, both signed
_SCALES = range(-128, 128)
_SUB_TYPES = range(-32768, 32768)


def declared_type(
    field_type: int, length: int, scale: int, sub_type: int, charset: int, collation: int
) -> Descriptor:
    """The descriptor of a declared type; an unknown `field_type` gives Dtype.NONE.

    `length` is the declared one, without the two length bytes of a VARCHAR. A scale or sub type
    that a format can't hold becomes 0.
    """
    if field_type == interbase.FIELD_TYPE_BOOLEAN:
        return Descriptor(Dtype.BOOLEAN, length=interbase.BOOLEAN_LENGTH)
    dtype = ods.DTYPE_OF_FIELD_TYPE.get(field_type, Dtype.NONE)
    length &= 0xFFFF
    if dtype in ods.TEXT_TYPES:
        length += 2 if dtype == Dtype.VARYING else 0
        return Descriptor(dtype, 0, length, (collation & 0xFF) << 8 | charset & 0xFF)
    return Descriptor(
        dtype,
        scale if scale in _SCALES else 0,
        ods.DTYPE_LENGTH.get(dtype, length),
        sub_type if sub_type in _SUB_TYPES else 0,
    )


def declared_descriptor(domain: CatalogueRow, collation: int | None = None) -> Descriptor:
    """The type that a row of RDB$FIELDS declares; missing fields give an unknown type.

    `collation` overrides that of the domain; a column may have its own.
    """
    scale, sub_type = domain.get("FIELD_SCALE") or 0, domain.get("FIELD_SUB_TYPE") or 0
    if domain.get("DIMENSIONS"):
        return Descriptor(Dtype.ARRAY, scale if scale in _SCALES else 0, 8, sub_type)
    return element_descriptor(domain, collation)


def element_descriptor(domain: CatalogueRow, collation: int | None = None) -> Descriptor:
    """The type that a row of RDB$FIELDS declares; for an array, the type of its elements."""
    scale, sub_type = domain.get("FIELD_SCALE") or 0, domain.get("FIELD_SUB_TYPE") or 0
    return declared_type(
        domain.get("FIELD_TYPE") or 0,
        domain.get("FIELD_LENGTH") or 0,
        scale,
        sub_type,
        domain.get("CHARACTER_SET_ID") or 0,
        domain.get("COLLATION_ID") or 0 if collation is None else collation,
    )


def charset_of(descriptor: Descriptor, domain: CatalogueRow) -> int:
    """The character set of a column: text has it in its descriptor, a blob in its domain, and a
    stored text blob also in the scale of its descriptor, which is read if the domain is lost."""
    if descriptor.dtype in ods.TEXT_TYPES:
        return descriptor.charset_id
    is_text_blob = descriptor.dtype == Dtype.BLOB and descriptor.sub_type == ods.BLOB_SUBTYPE_TEXT
    if not domain and is_text_blob:
        return descriptor.scale & 0xFF
    return (domain.get("CHARACTER_SET_ID") or charsets.NONE) & 0xFF


def has_blob(blob: bytes | None) -> bool:
    """False for NULL and for an id of zeros: both mean that there is no blob."""
    return blob is not None and blob != EMPTY_BLOB
