"""Offsets of fields in a record image as the engine assigns them: by field id, after the null bits.

Knowledge: MET_align of met.epp and make_format of dfw.epp, Firebird 1.5 to 5.0.
"""

from collections.abc import Iterable, Sequence

from gdb_export.firebird.core.ods import MAX_IMAGE, Dtype
from gdb_export.firebird.records.formats import Descriptor, Format


def system_format(fields: Sequence[Descriptor], alignment: int) -> Format:
    """The format of a system table with these fields in order."""
    # null bits for one field more, in whole 32-bit words: exactly 32 fields take 8 bytes
    return _with_offsets(fields, (len(fields) + 32) // 32 * 4, alignment)


def user_format(
    fields: Sequence[Descriptor], computed: set[int], alignment: int, max_image: int = MAX_IMAGE
) -> Format:
    """The format of a user table with these fields by id; computed fields are not stored."""
    # null bits in whole 32-bit words
    return _with_offsets(fields, (len(fields) + 31) // 32 * 4, alignment, computed, max_image)


def _with_offsets(
    fields: Iterable[Descriptor],
    offset: int,
    max_alignment: int,
    computed: Iterable[int] = (),
    max_image: int = MAX_IMAGE,
) -> Format:
    descriptors = []
    for field_id, field in enumerate(fields):
        if field_id not in computed:
            offset = _aligned(offset, field, max_alignment)
            field = field._replace(offset=offset)
            offset += field.length
        descriptors.append(field)
    return Format.of(descriptors, max_image=max_image)


def _aligned(offset: int, field: Descriptor, max_alignment: int) -> int:
    if field.dtype in (Dtype.TEXT, Dtype.CSTRING):
        return offset
    alignment = 2 if field.dtype == Dtype.VARYING else min(field.length, max_alignment)
    return offset if alignment < 2 else -(-offset // alignment) * alignment
