"""Format and descriptors: how the fields of a record image lie, from the blobs of RDB$FORMATS."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import DESCRIPTOR, DESCRIPTOR_SIZE, DESCRIPTOR_SIZE_AMD64, Dtype

# No record image is longer than its u16 lengths allow; one image more for alignment slack
MAX_IMAGE = 2 * 65536


class Descriptor(NamedTuple):
    """One field of a format. `length` in bytes includes the 2 length bytes of a varying text;
    `sub_type` of texts is charset + 256 * collation; offset 0 means that nothing is stored."""

    dtype: int
    scale: int = 0
    length: int = 0
    sub_type: int = 0
    flags: int = 0
    offset: int = 0

    @property
    def is_present(self) -> bool:
        """False where the field id does not exist in this format."""
        return self.dtype != Dtype.NONE

    @property
    def is_stored(self) -> bool:
        """False for computed columns too."""
        return self.dtype != Dtype.NONE and self.offset != 0

    @property
    def charset_id(self) -> int:
        return self.sub_type & 0xFF

    def same_type(self, other: "Descriptor") -> bool:
        return (self.dtype, self.scale, self.length, self.sub_type) == (
            other.dtype,
            other.scale,
            other.length,
            other.sub_type,
        )


class FrozenDefault(NamedTuple):
    """The value that a column had for all rows when it was added (ODS 12+)."""

    descriptor: Descriptor
    value: bytes


class Format(NamedTuple):
    """Descriptors by field id; `defaults` by field id."""

    descriptors: tuple[Descriptor, ...]
    defaults: Mapping[int, FrozenDefault] = MappingProxyType({})
    length: int = 0

    @classmethod
    def of(
        cls, descriptors: list[Descriptor], defaults: dict[int, FrozenDefault] | None = None
    ) -> "Format":
        """Checks that every stored field lies behind the null bits and inside the image."""
        null_bytes = (len(descriptors) + 7) // 8
        length = 0
        for one in descriptors:
            if one.is_stored:
                if one.offset < null_bytes or one.offset + one.length > MAX_IMAGE:
                    raise Damage(f"a field of {one.length} bytes at {one.offset} of a record")
                length = one.offset + one.length
        if any(one.is_stored and one.offset + one.length > length for one in descriptors):
            raise Damage("the last field of a format is not the one that ends it")
        return cls(tuple(descriptors), defaults or {}, length)


def parse_format(blob: bytes, major: int, is_amd64: bool) -> Format:
    """The format that a blob of RDB$FORMATS holds; raises Damage."""
    if major >= 12:
        return _parse_counted(blob)
    size = DESCRIPTOR_SIZE_AMD64 if major == 10 and is_amd64 else DESCRIPTOR_SIZE
    if len(blob) % size:
        raise Damage(f"a format of {len(blob)} bytes")
    return Format.of([_descriptor(blob, at, size) for at in range(0, len(blob), size)])


def _descriptor(blob: bytes, at: int, size: int = DESCRIPTOR_SIZE) -> Descriptor:
    if at + size > len(blob):
        raise Damage("a format that ends inside a descriptor")
    return Descriptor(
        *DESCRIPTOR.unpack_from(blob, at)
    )  # on amd64 the low half of the offset is at 8 too


def _u16(blob: bytes, at: int) -> int:
    if at + 2 > len(blob):
        raise Damage("a format that ends before its counts")
    return int.from_bytes(blob[at : at + 2], "little")


def _parse_counted(blob: bytes) -> Format:
    """u16 n, n descriptors, u16 m, m times (u16 field id, descriptor, value)."""
    count = _u16(blob, 0)
    descriptors = [_descriptor(blob, 2 + DESCRIPTOR_SIZE * i) for i in range(count)]
    at = 2 + DESCRIPTOR_SIZE * count
    defaults = {}
    remaining = _u16(blob, at)
    at += 2
    for _ in range(remaining):
        field_id = _u16(blob, at)
        descriptor = _descriptor(blob, at + 2)
        at += 2 + DESCRIPTOR_SIZE
        value = blob[at : at + descriptor.length]
        if len(value) < descriptor.length:
            raise Damage("a format that ends inside a default")
        defaults[field_id] = FrozenDefault(descriptor, value)
        at += descriptor.length
    return Format.of(descriptors, defaults)
