"""Formats: the layout of the fields in record images, parsed from the blobs of RDB$FORMATS."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core import interbase
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import (
    DESCRIPTOR,
    DESCRIPTOR_SIZE,
    DESCRIPTOR_SIZE_AMD64,
    MAX_IMAGE,
    MAX_IMAGES,
    TEXT_TYPES,
    Dtype,
)


class Descriptor(NamedTuple):
    """One field of a format. `length` in bytes includes the 2 length bytes of a VARCHAR;
    `sub_type` of text is charset + 256 * collation; offset 0 means that the field is not stored.
    `encryption` is the id of the key of an encrypted field (InterBase), else 0."""

    dtype: int
    scale: int = 0
    length: int = 0
    sub_type: int = 0
    flags: int = 0
    offset: int = 0
    encryption: int = 0

    @property
    def is_present(self) -> bool:
        """False for field ids that do not exist in this format."""
        return self.dtype != Dtype.NONE

    @property
    def is_stored(self) -> bool:
        """False for field ids that do not exist and for computed columns."""
        return self.dtype != Dtype.NONE and self.offset != 0

    @property
    def end(self) -> int:
        """The offset after the stored bytes."""
        length = interbase.encrypted_length(self.length) if self.encryption else self.length
        return self.offset + length

    @property
    def charset_id(self) -> int:
        return self.sub_type & 0xFF

    def has_same_type(self, other: "Descriptor") -> bool:
        return (self.dtype, self.scale, self.length, self.sub_type) == (
            other.dtype,
            other.scale,
            other.length,
            other.sub_type,
        )


class FrozenDefault(NamedTuple):
    """The default of a column when it was added: its value in all older rows (ODS 12+)."""

    descriptor: Descriptor
    value: bytes


class Format(NamedTuple):
    """Descriptors and frozen defaults by field id; `length` of the record image in bytes."""

    descriptors: tuple[Descriptor, ...]
    defaults: Mapping[int, FrozenDefault] = MappingProxyType({})
    length: int = 0

    @classmethod
    def of(
        cls,
        descriptors: list[Descriptor],
        defaults: dict[int, FrozenDefault] | None = None,
        max_image: int = MAX_IMAGE,
    ) -> "Format":
        """Make a format; raises Damage unless every stored field lies between the null bits and the
        end of an image of at most `max_image` bytes."""
        null_bytes = (len(descriptors) + 7) // 8
        length = 0
        for field in descriptors:
            if field.is_stored:
                if field.offset < null_bytes or field.end > max_image:
                    raise Damage(f"a field of {field.length} bytes at {field.offset} of a record")
                length = field.end
        if any(field.is_stored and field.end > length for field in descriptors):
            raise Damage("a field of a format ends after the last field")
        return cls(tuple(descriptors), defaults or {}, length)

    def with_encrypted_end(self, image: bytes) -> bytes:
        """The image, cut or padded to the length of the format if only encrypted fields at its end
        are shorter or longer: their length depends on the block size of the cipher. Encrypted
        values can not be read anyway."""
        if len(image) == self.length or not any(field.encryption for field in self.descriptors):
            return image
        plain_ends = [field.end for field in self.descriptors if not field.encryption]
        is_complete = len(image) >= max(plain_ends, default=0)
        return image[: self.length].ljust(self.length, b"\0") if is_complete else image


def parse_format(blob: bytes, major: int, is_amd64: bool) -> Format:
    """Parse a blob of RDB$FORMATS; raises Damage."""
    if major >= 12:
        return _parse_counted(blob, MAX_IMAGES[major])
    size = DESCRIPTOR_SIZE_AMD64 if major == 10 and is_amd64 else DESCRIPTOR_SIZE
    if len(blob) % size:
        raise Damage(f"a format of {len(blob)} bytes")
    return Format.of([_descriptor(blob, at, size) for at in range(0, len(blob), size)])


def parse_interbase_format(blob: bytes) -> Format:
    """Parse a blob of RDB$FORMATS of InterBase; raises Damage."""
    size = interbase.DESCRIPTOR_SIZE
    if len(blob) % size:
        raise Damage(f"a format of {len(blob)} bytes")
    return Format.of([interbase_descriptor(blob, at) for at in range(0, len(blob), size)])


def interbase_descriptor(blob: bytes, at: int) -> Descriptor:
    """The descriptor at an offset, which the caller has checked, with the ids of types and
    character sets that Firebird has."""
    fields = interbase.DESCRIPTOR.unpack_from(blob, at)
    dtype, scale, _, length, sub_type, flags, encryption, offset = fields
    if dtype > interbase.DTYPE_BOOLEAN:
        raise Damage(f"a field of the unknown type {dtype}")
    if dtype == interbase.DTYPE_BOOLEAN:
        dtype = Dtype.BOOLEAN
    elif dtype in TEXT_TYPES:
        sub_type = sub_type & ~0xFF | interbase.charset_of(sub_type & 0xFF)
    return Descriptor(dtype, scale, length, sub_type, flags, offset, encryption)


def _descriptor(blob: bytes, at: int, size: int = DESCRIPTOR_SIZE) -> Descriptor:
    if at + size > len(blob):
        raise Damage("a format that ends inside a descriptor")
    # on amd64, too, the low half of the offset is at byte 8
    return Descriptor(*DESCRIPTOR.unpack_from(blob, at))


def _u16(blob: bytes, at: int) -> int:
    if at + 2 > len(blob):
        raise Damage("a format that ends before its counts")
    return int.from_bytes(blob[at : at + 2], "little")


def _parse_counted(blob: bytes, max_image: int) -> Format:
    """ODS 12+: u16 n, n descriptors, u16 m, m times (u16 field id, descriptor, default value)."""
    count = _u16(blob, 0)
    descriptors = [_descriptor(blob, 2 + DESCRIPTOR_SIZE * index) for index in range(count)]
    at = 2 + DESCRIPTOR_SIZE * count
    defaults = {}
    default_count = _u16(blob, at)
    at += 2
    for _ in range(default_count):
        field_id = _u16(blob, at)
        descriptor = _descriptor(blob, at + 2)
        at += 2 + DESCRIPTOR_SIZE
        value = blob[at : at + descriptor.length]
        if len(value) < descriptor.length:
            raise Damage("a format that ends inside a default")
        defaults[field_id] = FrozenDefault(descriptor, value)
        at += descriptor.length
    return Format.of(descriptors, defaults, max_image)
