"""Where the engine places the fields of a record: in the order of their ids, behind the null bits.

Knowledge: MET_align of met.epp and make_format of dfw.epp, Firebird 1.5 to 5.0.
"""

from collections.abc import Iterable, Sequence

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format


def system_format(fields: Sequence[Descriptor], alignment: int) -> Format:
    """The format of a system table with these fields in order."""
    # one more than the count, in whole 32-bit words: exactly 32 fields take 8 bytes
    return _placed(fields, (len(fields) + 32) // 32 * 4, alignment)


def user_format(fields: Sequence[Descriptor], computed: set[int], alignment: int) -> Format:
    """The format of a user's table, by field id; computed fields take no room."""
    # one more than the highest id, in whole 32-bit words
    return _placed(fields, (len(fields) + 31) // 32 * 4, alignment, computed)


def _placed(
    fields: Iterable[Descriptor], offset: int, alignment: int, computed: Iterable[int] = ()
) -> Format:
    placed = []
    for number, field in enumerate(fields):
        if number not in computed:
            offset = _aligned(offset, field, alignment)
            field = field._replace(offset=offset)
            offset += field.length
        placed.append(field)
    return Format.of(placed)


def _aligned(offset: int, field: Descriptor, most: int) -> int:
    if field.dtype in (Dtype.TEXT, Dtype.CSTRING):
        return offset
    alignment = 2 if field.dtype == Dtype.VARYING else min(field.length, most)
    return offset if alignment < 2 else -(-offset // alignment) * alignment
