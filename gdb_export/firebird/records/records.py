"""Records: the record image that a new transaction sees of a slot of a data page.

The slot holds the newest version. `visible` follows back pointers to older versions until it finds
one of a committed transaction. An older version may be stored as differences against the next newer
one (flag DELTA); only then the newer image is kept. A version that is longer than a slot continues
in fragments.

Reads through pointers spend a budget of bytes that all tables share and that is linear in the
size of the file; the runs of differences spend it too. Undamaged files stay below it, because each
item is reached from one record only.
Knowledge: vio.cpp and dpm.epp of Firebird 1.5 to 6.0.
"""

from typing import NamedTuple

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import RecordFlag
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import DataPage, require_number
from gdb_export.firebird.records.run_length import (
    apply_differences,
    decode_runs,
    ends_with_empty_runs,
)
from gdb_export.firebird.records.transactions import Transactions, TransactionState

_MAX_BACK_VERSIONS = 100_000
_MAX_FRAGMENTS = 1024  # 64 KB take 73 of the smallest pages, 1 MB in ODS 14 takes 130
# The engine pads only short records with zeros. At the end of a longer packed item, 16 zeros are
# overwritten control bytes, or zeros in a run of copied bytes, which other writers may leave there
_ZERO_END = bytes(16)
_MIN_LENGTH_OF_ZERO_END = 38  # bytes of an item
_EXTRA_BYTES = 1 << 20  # for tables of the catalogue that are read more than once


class RecordHeader(NamedTuple):
    """Header of a record or fragment. `data` is the offset of the packed bytes; `next_page` and
    `next_slot` point to the next fragment if the flag INCOMPLETE is set."""

    transaction: int
    back_page: int
    back_slot: int
    flags: int
    format: int
    data: int
    next_page: int = 0
    next_slot: int = 0


class RecordVersion(NamedTuple):
    """A record image and the number of its format."""

    format: int
    image: bytes


def parse_record_header(item: bytes, major: int) -> RecordHeader:
    """Parse the header of a record or fragment; raises Damage if the item is too short."""
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
    """Reads record versions. Safe to use from several threads.

    `has_change_views`: the oldest back version of a record may be a list of changed columns instead
    of an image (InterBase).
    """

    def __init__(
        self,
        pages: PageFile,
        version: tuple[int, int],
        transactions: Transactions,
        log: DamageLog,
        has_change_views: bool = False,
    ) -> None:
        self._pages = pages
        self._major = version[0]
        self._max_image = ods.MAX_IMAGES[max(version[0], 10)]
        self._has_long_runs = version >= (13, 1)
        self._end_flag = interbase.CHANGED_COLUMNS if has_change_views else 0
        self.transactions = transactions
        self._log = log
        self._limbo: set[int] = set()
        self._bytes_left = 2 * pages.page_count * pages.page_size + _EXTRA_BYTES

    @translate_unexpected
    def visible(self, item: bytes, relation: int | None = None) -> RecordVersion | None:
        """The version that a new transaction sees of the record whose newest version is `item`.

        `relation` is the table number of the record: parts of it on pages of other tables are
        damage. Up to ODS 11 a page does not hold its own number.
        None for a deleted row, a row that was never committed, and an item that is not a newest
        version (blob, back version, fragment). Raises Damage.
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
                image = self._image(item, header, relation)
                if newer is not None:
                    image = apply_differences(newer, image, self._max_image, self._spend)
            if committed:
                return RecordVersion(header.format, image)
            if header.back_page == 0:
                return None
            newer = image if header.flags & RecordFlag.DELTA else None
            address = header.back_page, header.back_slot
            if address in visited or len(visited) == _MAX_BACK_VERSIONS:
                raise Damage("its back versions form a cycle")
            visited.add(address)
            item, header = self._back_version(header, relation)
            if header.flags & self._end_flag:
                return None  # the oldest version: no image precedes the uncommitted one

    def _is_committed(self, transaction: int) -> bool:
        state = self.transactions.state(transaction)
        if state is TransactionState.LIMBO and transaction not in self._limbo:
            self._limbo.add(transaction)
            self._log.note(
                f"transaction {transaction} is in limbo (prepared, never decided): its records are"
                " exported as they were before it"
            )
        return state is TransactionState.COMMITTED

    def _back_version(
        self, header: RecordHeader, relation: int | None
    ) -> tuple[bytes, RecordHeader]:
        item = self.item(header.back_page, header.back_slot, "back version", relation)
        older = parse_record_header(item, self._major)
        if not older.flags & RecordFlag.CHAIN or older.flags & RecordFlag.BLOB:
            raise Damage(
                f"the back pointer points to page {header.back_page} slot {header.back_slot},"
                " which is not a back version"
            )
        return item, older

    def _image(self, item: bytes, header: RecordHeader, relation: int | None) -> bytes:
        """The unpacked bytes of a version, joined from its fragments: its image or differences."""
        parts = [self._unpack(item, header, self._max_image)]
        length = len(parts[0])
        while header.flags & RecordFlag.INCOMPLETE:
            if len(parts) == _MAX_FRAGMENTS:
                raise Damage("its fragments form a cycle")
            item = self.item(header.next_page, header.next_slot, "fragment", relation)
            header = parse_record_header(item, self._major)
            if not header.flags & RecordFlag.FRAGMENT or header.flags & RecordFlag.BLOB:
                raise Damage("the fragment pointer points to something else")
            parts.append(self._unpack(item, header, self._max_image - length))
            length += len(parts[-1])
        return b"".join(parts)

    def _unpack(self, item: bytes, header: RecordHeader, limit: int) -> bytes:
        is_packed = not header.flags & RecordFlag.NOT_PACKED
        data = item[header.data :]
        has_zero_end = len(item) >= _MIN_LENGTH_OF_ZERO_END and item.endswith(_ZERO_END)
        if is_packed and has_zero_end and ends_with_empty_runs(data, self._has_long_runs):
            raise Damage("the record ends with zeros: a part of it was overwritten")
        if self._has_long_runs and not is_packed:
            if len(data) > limit:
                raise Damage(f"holds more than {limit} bytes")
            return data
        return decode_runs(data, limit, self._has_long_runs)

    def item(self, page_number: int, slot: int, target: str, relation: int | None = None) -> bytes:
        """The bytes of the slot that a pointer of a record leads to; spends the read budget.

        `target` names the content in messages: "back version" or "fragment". Raises Damage, also if
        the page belongs to another table than `relation`.
        """
        if self._bytes_left < 0:
            raise self._limit_exceeded(target)
        try:
            data = self._pages.page(page_number)
            page = DataPage(data, page_number)
            if relation is not None and page.relation != relation:
                reason = f"a data page of table {page.relation} is here"
                raise Damage(reason, page=page_number)
            item = page.item(slot)
            if self._major >= 12:
                require_number(data, page_number)
        except Damage as damage:
            raise Damage(f"its {target} is lost: {damage}") from damage
        if item is None:
            raise Damage(f"its {target} is missing at page {page_number} slot {slot}")
        self._bytes_left -= len(item)
        return item

    def _spend(self, count: int) -> None:
        """Spend the read budget for the runs of differences, each of which takes a byte or more
        where it is stored. Raises Damage."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise self._limit_exceeded("back version")

    @staticmethod
    def _limit_exceeded(target: str) -> Damage:
        return Damage(f"read limit exceeded: several records share one {target}")


def checked_image(image: bytes, length: int) -> bytes:
    """The image in the length of its format; raises Damage if it is shorter, or longer by other
    bytes than zeros: ODS 13.1 pads unpacked records of less than 9 bytes with zeros."""
    if len(image) == length:
        return image
    if len(image) < length or any(image[length:]):
        raise Damage(f"the record has {len(image)} bytes, its format {length}")
    return image[:length]
