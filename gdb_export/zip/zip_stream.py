"""Writes a ZIP sequentially: members of raw deflate data whose sizes are known at their ends.

Knowledge: PKWARE's APPNOTE 6.3: data descriptors (4.3.9), ZIP64 (4.5.3), UTF-8 names (bit 11).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from struct import Struct
from typing import NamedTuple

LIMIT_32 = 0xFFFFFFFF
_LIMIT_16 = 0xFFFF

_LOCAL = Struct("<IHHHHHIIIHH")
_CENTRAL = Struct("<IHHHHHHIIIHHHHHII")
_DESCRIPTOR = Struct("<IIII")
_DESCRIPTOR_64 = Struct("<IIQQ")
_END = Struct("<IHHHHIIH")
_END_64 = Struct("<IQHHIIQQQQ")
_LOCATOR_64 = Struct("<IIQI")

_LOCAL_SIGNATURE = 0x04034B50
_CENTRAL_SIGNATURE = 0x02014B50
_DESCRIPTOR_SIGNATURE = 0x08074B50
_END_SIGNATURE = 0x06054B50
_END_64_SIGNATURE = 0x06064B50
_LOCATOR_64_SIGNATURE = 0x07064B50
_END_64_LENGTH = _END_64.size - 12  # without its signature and the length itself

_DEFLATE = 8
_FLAGS = 1 << 3 | 1 << 11  # sizes in a data descriptor, names in UTF-8
_VERSION, _VERSION_64 = 20, 45
_MADE_BY_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_EXTRA_64 = 1  # id of the extra field of ZIP64


class ZipTooLarge(Exception):
    """A member is larger than the 4 GiB that its header allows."""


class Member(NamedTuple):
    """An entry of the central directory; `is_large` if the local header is a ZIP64 header."""

    name: bytes
    is_large: bool
    offset: int
    crc: int
    packed: int
    size: int


class ZipStream:
    """Writes a ZIP: for each member `begin`, `write` deflate data, `end`; then `close`.

    `members` and `offset` are given to continue a ZIP whose first members are already written.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        modified_at: datetime,
        members: Iterable[Member] = (),
        offset: int = 0,
    ) -> None:
        self._write = write
        self._time, self._date = dos_time(modified_at)
        self._members = list(members)
        self._name = b""
        self._is_large = False
        self._member_offset = 0
        self._packed = 0
        self.offset = offset

    def begin(self, name: str, is_large: bool) -> None:
        """Begin a member; `is_large` must be true if its size may reach 4 GiB."""
        self._name, self._is_large = name.encode(), is_large
        self._member_offset, self._packed = self.offset, 0
        self._put(local_header(self._name, is_large, self._time, self._date))

    def write(self, deflated: bytes) -> None:
        self._packed += len(deflated)
        self._put(deflated)

    def end(self, crc: int, size: int) -> None:
        """End the member, whose content has that CRC-32 and size in bytes."""
        member = Member(self._name, self._is_large, self._member_offset, crc, self._packed, size)
        self._put(data_descriptor(member))
        self._members.append(member)

    def close(self) -> None:
        """Write the central directory."""
        self._put(central_directory(self._members, self.offset, self._time, self._date))

    def _put(self, data: bytes) -> None:
        self.offset += len(data)
        self._write(data)


def local_header(name: bytes, is_large: bool, time: int, date: int) -> bytes:
    """The header before the data; `time` and `date` as in `dos_time`."""
    extra = _extra_64([0, 0]) if is_large else b""
    size = LIMIT_32 if is_large else 0
    version = _VERSION_64 if is_large else _VERSION
    return (
        _LOCAL.pack(
            _LOCAL_SIGNATURE,
            version,
            _FLAGS,
            _DEFLATE,
            time,
            date,
            0,
            size,
            size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def data_descriptor(member: Member) -> bytes:
    """The CRC and sizes after the data; 8-byte sizes if the local header is a ZIP64 header."""
    if member.is_large:
        return _DESCRIPTOR_64.pack(_DESCRIPTOR_SIGNATURE, member.crc, member.packed, member.size)
    if max(member.packed, member.size) >= LIMIT_32:
        raise ZipTooLarge(f"{member.name.decode()} has {member.size} bytes")
    return _DESCRIPTOR.pack(_DESCRIPTOR_SIGNATURE, member.crc, member.packed, member.size)


def central_directory(members: list[Member], offset: int, time: int, date: int) -> bytes:
    """The central directory, with ZIP64 records if counts, sizes or offsets require them."""
    directory = b"".join(_central_header(member, time, date) for member in members)
    count = len(members)
    end = b""
    if count >= _LIMIT_16 or offset >= LIMIT_32 or len(directory) >= LIMIT_32:
        made_by = _MADE_BY_UNIX | _VERSION_64
        end = _END_64.pack(
            _END_64_SIGNATURE,
            _END_64_LENGTH,
            made_by,
            _VERSION_64,
            0,
            0,
            count,
            count,
            len(directory),
            offset,
        ) + _LOCATOR_64.pack(_LOCATOR_64_SIGNATURE, 0, offset + len(directory), 1)
    count = min(count, _LIMIT_16)
    return (
        directory
        + end
        + _END.pack(
            _END_SIGNATURE,
            0,
            0,
            count,
            count,
            min(len(directory), LIMIT_32),
            min(offset, LIMIT_32),
            0,
        )
    )


def _central_header(member: Member, time: int, date: int) -> bytes:
    wide = [value for value in (member.size, member.packed, member.offset) if value >= LIMIT_32]
    extra = _extra_64(wide) if wide else b""
    version = _VERSION_64 if wide or member.is_large else _VERSION
    return (
        _CENTRAL.pack(
            _CENTRAL_SIGNATURE,
            _MADE_BY_UNIX | version,
            version,
            _FLAGS,
            _DEFLATE,
            time,
            date,
            member.crc,
            min(member.packed, LIMIT_32),
            min(member.size, LIMIT_32),
            len(member.name),
            len(extra),
            0,
            0,
            0,
            _REGULAR_FILE,
            min(member.offset, LIMIT_32),
        )
        + member.name
        + extra
    )


def _extra_64(values: list[int]) -> bytes:
    return Struct(f"<HH{len(values)}Q").pack(_EXTRA_64, 8 * len(values), *values)


def dos_time(moment: datetime) -> tuple[int, int]:
    """Time and date of MS-DOS, in UTC: two-second steps, years 1980 to 2107."""
    moment = moment.astimezone(UTC)
    if moment.year < 1980:
        return 0, 1 << 5 | 1  # 1980-01-01
    year = min(moment.year, 2107) - 1980
    return (
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
        year << 9 | moment.month << 5 | moment.day,
    )
