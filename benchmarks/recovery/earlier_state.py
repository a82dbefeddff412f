"""An earlier state of a database, before the last rows of each table were inserted.

Made from the later state: the last data pages of each user table are not yet in use, and the page
before them has fewer slots. An engine leaves such a state when it inserts rows into new pages.
"""

from collections import defaultdict
from struct import pack_into, unpack_from

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import PageType

_SLOT_COUNT = 22  # offset on data pages
_POINTER_COUNT = 24  # offset on pointer pages


class EarlierState:
    """Pages by number as they were when each table had about `share` of its data pages."""

    def __init__(self, data: bytes, page_size: int, share: float) -> None:
        self._data = data
        self._page_size = page_size
        # of each table: sequence of the last page in use
        self._last: dict[int, int] = {}
        counts: defaultdict[int, int] = defaultdict(int)
        for number in range(len(data) // page_size):
            page = self._stored(number)
            if page[0] == PageType.DATA:
                sequence, relation, _ = ods.DATA_PAGE.unpack_from(page, 16)
                if relation >= ods.SYSTEM_RELATIONS:
                    counts[relation] = max(counts[relation], sequence + 1)
        self._last = {relation: int(share * count) for relation, count in counts.items()}

    def _stored(self, page_number: int) -> bytes:
        start = page_number * self._page_size
        return self._data[start : start + self._page_size]

    def page(self, page_number: int) -> bytes:
        """The page in the earlier state."""
        page = self._stored(page_number)
        if page[0] == PageType.DATA:
            return self._data_page(page)
        return self._pointer_page(page) if page[0] == PageType.POINTER else page

    def _data_page(self, page: bytes) -> bytes:
        sequence, relation, slots = ods.DATA_PAGE.unpack_from(page, 16)
        last = self._last.get(relation)
        if last is None or sequence < last:
            return page
        if sequence > last:
            return bytes(self._page_size)
        earlier = bytearray(page)
        pack_into("<H", earlier, _SLOT_COUNT, slots // 2)
        return bytes(earlier)

    def _pointer_page(self, page: bytes) -> bytes:
        sequence, _, count, relation = ods.POINTER_PAGE.unpack_from(page, 16)
        last = self._last.get(relation)
        # only a table's only pointer page: later ones would have to be unlinked, too
        if last is None or sequence or not page[1] & ods.LAST_POINTER_PAGE or last >= count:
            return page
        earlier = bytearray(page)
        for slot in range(last + 1, count):
            pack_into("<I", earlier, ods.POINTER_SLOTS + 4 * slot, 0)
        pack_into("<H", earlier, _POINTER_COUNT, last + 1)
        assert unpack_from("<H", earlier, _POINTER_COUNT) == (last + 1,)
        return bytes(earlier)
