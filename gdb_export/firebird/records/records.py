"""Records: from a slot of a data page to the record image that a new transaction would see.

Strategy: the newest version stands in its slot; `visible` walks from it to older versions (back
pointer by back pointer) until it meets one of a committed transaction. An older version may be
stored as differences against the next newer one, so images are kept along the walk only where
the DELTA flag says that they are needed. Versions longer than a slot go on in fragments.

Every pointer is followed on a budget of bytes that is shared by the whole database and linear
in its size: an honest file can't use it up, since each item is reached once from its record.
Knowledge: vio.cpp and dpm.epp of Firebird 1.5 to 5.0.
"""

from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import RecordFlag
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import DataPage, require_number
from gdb_export.firebird.records.formats import MAX_IMAGE
from gdb_export.firebird.records.run_length import apply_differences, decode_runs
from gdb_export.firebird.records.transactions import Transactions, TransactionState

_LONGEST_CHAIN = 100_000
_MAX_FRAGMENTS = 1024  # 64 KB take 73 of the smallest pages
_READ_TWICE = 1 << 20  # bytes: the catalogue is read again by whoever asks


class RecordHeader(NamedTuple):
    """`data` is where the packed bytes begin; fragment pointers are meaningful if incomplete."""

    transaction: int
    back_page: int
    back_slot: int
    flags: int
    format: int
    data: int
    next_page: int = 0
    next_slot: int = 0


class RecordVersion(NamedTuple):
    """A visible record image and the number of the format that it was written with."""

    format: int
    image: bytes


def parse_record_header(item: bytes, major: int) -> RecordHeader:
    """Header of a record or fragment; raises Damage if the item is too short for it."""
    if len(item) < ods.RECORD_HEADER_SIZE:
        raise Damage(f"a record of {len(item)} bytes is shorter than its header")
    transaction, back_page, back_slot, flags, format_number = ods.RECORD_HEADER.unpack_from(item)
    size = ods.RECORD_HEADER_SIZE
    next_page = next_slot = 0
    is_long = major >= 12 and flags & RecordFlag.LONG_TRANSACTION
    if flags & RecordFlag.INCOMPLETE:
        size = ods.FRAGMENT_HEADER_SIZE
    elif is_long:
        size = ods.RECORD_HEADER_EXTENDED_SIZE
    if len(item) < size:
        raise Damage(f"a record of {len(item)} bytes is shorter than its header")
    if is_long:
        high = item[ods.TRANSACTION_HIGH : ods.TRANSACTION_HIGH + 2]
        transaction |= int.from_bytes(high, "little") << 32
    if flags & RecordFlag.INCOMPLETE:
        next_page, next_slot = ods.FRAGMENT_POINTER.unpack_from(item, 16)
    return RecordHeader(
        transaction, back_page, back_slot, flags, format_number, size, next_page, next_slot
    )


class Records:
    """Reads record versions. Safe to use from several threads."""

    def __init__(
        self, pages: PageFile, version: tuple[int, int], transactions: Transactions, log: DamageLog
    ) -> None:
        self._pages = pages
        self._major = version[0]
        self._has_long_runs = version >= (13, 1)
        self.transactions = transactions
        self._log = log
        self._limbo: set[int] = set()
        self._bytes_left = 2 * pages.page_count * pages.page_size + _READ_TWICE

    @translate_unexpected
    def visible(self, item: bytes) -> RecordVersion | None:
        """What a new transaction sees of the record whose newest version is `item`.

        None if that is nothing: a deleted row, one that was never committed, or an item that
        is no primary record version. Raises Damage.
        """
        header = parse_record_header(item, self._major)
        if header.flags & ods.SECONDARY_ITEM:
            return None
        newer: bytes | None = None
        visited: set[tuple[int, int]] = set()
        while True:
            if header.flags & RecordFlag.DAMAGED:
                raise Damage("the engine marked the record as damaged")
            committed = self._is_committed(header.transaction)
            if committed and header.flags & RecordFlag.DELETED:
                return None
            image = b""
            if committed or header.flags & RecordFlag.DELTA:
                image = self._image(item, header)
                if newer is not None:
                    image = apply_differences(newer, image, MAX_IMAGE)
            if committed:
                return RecordVersion(header.format, image)
            if header.back_page == 0:
                return None
            newer = image if header.flags & RecordFlag.DELTA else None
            place = header.back_page, header.back_slot
            if place in visited or len(visited) == _LONGEST_CHAIN:
                raise Damage("its back versions run in a circle")
            visited.add(place)
            item, header = self._back_version(header)

    def _is_committed(self, transaction: int) -> bool:
        state = self.transactions.state(transaction)
        if state is TransactionState.LIMBO and transaction not in self._limbo:
            self._limbo.add(transaction)
            self._log.note(
                f"transaction {transaction} is in limbo (prepared, never decided): its records are"
                " exported as they were before it"
            )
        return state is TransactionState.COMMITTED

    def _back_version(self, header: RecordHeader) -> tuple[bytes, RecordHeader]:
        item = self.item(header.back_page, header.back_slot, "back version")
        older = parse_record_header(item, self._major)
        if not older.flags & RecordFlag.CHAIN or older.flags & RecordFlag.BLOB:
            raise Damage(
                f"the back pointer leads to page {header.back_page} slot {header.back_slot},"
                " which is no back version"
            )
        return item, older

    def _image(self, item: bytes, header: RecordHeader) -> bytes:
        """The unpacked bytes of a version: its image, or differences; joined from fragments."""
        parts = [self._unpack(item, header, MAX_IMAGE)]
        length = len(parts[0])
        while header.flags & RecordFlag.INCOMPLETE:
            if len(parts) == _MAX_FRAGMENTS:
                raise Damage("its fragments run in a circle")
            item = self.item(header.next_page, header.next_slot, "fragment")
            header = parse_record_header(item, self._major)
            if not header.flags & RecordFlag.FRAGMENT or header.flags & RecordFlag.BLOB:
                raise Damage("the fragment pointer leads to something else")
            parts.append(self._unpack(item, header, MAX_IMAGE - length))
            length += len(parts[-1])
        return b"".join(parts)

    def _unpack(self, item: bytes, header: RecordHeader, limit: int) -> bytes:
        data = item[header.data :]
        if self._has_long_runs and header.flags & RecordFlag.NOT_PACKED:
            if len(data) > limit:
                raise Damage(f"holds more than {limit} bytes")
            return data
        return decode_runs(data, limit, self._has_long_runs)

    def item(self, page: int, slot: int, what: str) -> bytes:
        """The bytes in a slot that something points to; raises Damage if it can't be."""
        if self._bytes_left < 0:
            raise Damage(f"its {what} is one of too many: records share what each has its own of")
        try:
            data = self._pages.page(page)
            item = DataPage(data, page).item(slot)
            if self._major >= 12:
                require_number(data, page)
        except Damage as damage:
            raise Damage(f"its {what} is lost: {damage}") from damage
        if item is None:
            raise Damage(f"its {what} is missing at page {page} slot {slot}")
        self._bytes_left -= len(item)
        return item


def checked_image(image: bytes, length: int) -> bytes:
    """The image cut to its format's length; raises Damage unless it is exactly as long.

    Raw records of ODS 13.1 shorter than 9 bytes are padded with zeros.
    """
    if len(image) == length:
        return image
    if len(image) < length or any(image[length:]):
        raise Damage(f"the record has {len(image)} bytes, its format {length}")
    return image[:length]
