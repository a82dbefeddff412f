"""Pages of indices: the root page of a table's indices, and B-tree pages with their nodes.

Knowledge: ods.h and btn.cpp of Firebird 1.5 to 5.0; for InterBase, files whose rows are known.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Literal, NamedTuple

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import require_type

# Offsets in a root page
_ROOT_RELATION, _ROOT_COUNT, _ROOT_ENTRIES, _ROOT_ENTRIES_14 = 16, 18, 20, 24
_ROOT_ENTRY = Struct("<I6xBB")  # root page, 6 bytes that are not needed, count of keys, flags
# ODS 14: transaction, root page, page space, descriptor, flags, state, count of keys
_ROOT_ENTRY_14 = Struct("<8xI4x2xHBB2x")
_COMPLETE = 3  # state (ODS 14)
_IN_PROGRESS = 4
_PARTIAL = 64  # with a condition
_PARTIAL_14 = 32
_ODS_WITH_CONDITIONS = (13, 1)
# Offsets in a B-tree page
_SIBLING, _RELATION, _LENGTH, _INDEX, _LEVEL = 16, 28, 30, 32, 33
_NODES, _NODES_12 = 34, 39
_JUMP_SIZE = 36
_JUMP_INFO = 32  # page flag (ODS 11): the offset of the first node is at _NODES
_MAX_LEVEL = 32
# In nodes with numbers of a fixed width, such a number or a higher one marks the end of a page
_END_NUMBER_32, _END_NUMBER_40 = 0xFFFFFFFE, 0xFFFFFFFFFE
# Kinds of nodes from ODS 11 on: the highest 3 bits of the first byte
_END_LEVEL, _END_BUCKET, _NO_PREFIX_NO_DATA, _NO_DATA, _ONE_BYTE = 1, 2, 3, 4, 5


class IndexRoot(NamedTuple):
    """An index of a table: its position in the root page, and its topmost B-tree page."""

    position: int
    page: int
    is_partial: bool


class IndexPage(NamedTuple):
    """A B-tree page: `level` is 0 for leaves; `next` is the page to its right, or 0."""

    number: int
    level: int
    next: int
    data: bytes


def index_roots(page: bytes, page_number: int, relation: int, header: Header) -> list[IndexRoot]:
    """The complete indices on the root page of a table; raises Damage."""
    require_type(page, page_number, PageType.INDEX_ROOT)
    page_relation = int.from_bytes(page[_ROOT_RELATION : _ROOT_RELATION + 2], "little")
    count = int.from_bytes(page[_ROOT_COUNT : _ROOT_COUNT + 2], "little")
    if page_relation != relation:
        raise Damage(f"an index root page of table {page_relation} is here", page=page_number)
    is_14 = header.layout_major >= 14
    first, entry = (_ROOT_ENTRIES_14, _ROOT_ENTRY_14) if is_14 else (_ROOT_ENTRIES, _ROOT_ENTRY)
    if first + count * entry.size > len(page):
        raise Damage(f"{count} indices on a page", page=page_number)
    entries = (entry.unpack_from(page, first + index * entry.size) for index in range(count))
    if is_14:
        return [
            IndexRoot(position, root, bool(flags & _PARTIAL_14))
            for position, (root, flags, state, _) in enumerate(entries)
            if root and state == _COMPLETE
        ]
    # the flag has another meaning in InterBase
    has_conditions = header.layout_version >= _ODS_WITH_CONDITIONS
    return [
        IndexRoot(position, root, bool(flags & _PARTIAL) and has_conditions)
        for position, (root, _, flags) in enumerate(entries)
        if root and not flags & _IN_PROGRESS
    ]


def parse_index_page(page: bytes, page_number: int, relation: int, index: int) -> IndexPage:
    """A B-tree page of an index; raises Damage for any other page."""
    require_type(page, page_number, PageType.INDEX)
    next_page = int.from_bytes(page[_SIBLING : _SIBLING + 4], "little")
    page_relation = int.from_bytes(page[_RELATION : _RELATION + 2], "little")
    length = int.from_bytes(page[_LENGTH : _LENGTH + 2], "little")
    if (page_relation, page[_INDEX]) != (relation, index & 0xFF):
        raise Damage(
            f"a page of index {page[_INDEX]} of table {page_relation} is here", page=page_number
        )
    if length > len(page) or page[_LEVEL] > _MAX_LEVEL:
        raise Damage(f"an index page of {length} bytes", page=page_number)
    return IndexPage(page_number, page[_LEVEL], next_page, page[:length])


def numbers_of(page: IndexPage, header: Header) -> Iterator[int]:
    """The numbers in the nodes of a page: record numbers in leaves, page numbers on other levels.

    Raises Damage if the page does not have the mark that ends its nodes.
    """
    try:
        if header.is_interbase:
            yield from _interbase_numbers(page, header.ods[0])
        elif header.layout_major < 11:
            yield from _fixed_numbers(page)
        else:
            yield from _packed_numbers(page, header.layout_major)
    except IndexError:
        raise Damage("the nodes of an index page end too early", page=page.number) from None


def _interbase_numbers(page: IndexPage, major: int) -> Iterator[int]:
    if major < 15:
        return _fixed_numbers(page)
    if major == 15:
        return _trailing_numbers(page)
    return _extended_numbers(page)


def _fixed_numbers(page: IndexPage) -> Iterator[int]:
    """Nodes of u8 prefix, u8 length, u32 number, data."""
    at, data = _NODES, page.data
    while True:
        length = data[at + 1]
        number = _number(data, at + 2, 4, "little", page)
        if number >= _END_NUMBER_32:
            return
        yield number
        at += 6 + length


def _trailing_numbers(page: IndexPage) -> Iterator[int]:
    """Nodes of u8 prefix, u8 length, data, u32 number, the highest byte first."""
    at, data = _NODES, page.data
    while True:
        at += 2 + data[at + 1]
        number = _number(data, at, 4, "big", page)
        if number >= _END_NUMBER_32:
            return
        yield number
        at += 4


def _extended_numbers(page: IndexPage) -> Iterator[int]:
    """Nodes of u8 prefix, u8 length, u8 further, u40 number, data, further bytes."""
    at, data = _NODES, page.data
    while True:
        length, further = data[at + 1], data[at + 2]
        number = _number(data, at + 3, 5, "big", page)
        if number >= _END_NUMBER_40:
            return
        yield number
        at += 8 + length + further


def _number(
    data: bytes, at: int, width: int, order: Literal["big", "little"], page: IndexPage
) -> int:
    raw = data[at : at + width]
    if len(raw) < width:
        raise Damage("the nodes of an index page end too early", page=page.number)
    return int.from_bytes(raw, order)


def _packed_numbers(page: IndexPage, major: int) -> Iterator[int]:
    """Nodes from ODS 11 on: kind and numbers in groups of 7 bits, the lowest first."""
    data = page.data
    at = _first_packed_node(data, major)
    while True:
        kind = data[at] >> 5
        if kind in (_END_LEVEL, _END_BUCKET):
            return
        number, at = _groups(data, at + 1, data[at] & 0x1F, 5)
        if page.level:
            number, at = _groups(data, at, 0, 0)
        if kind != _NO_PREFIX_NO_DATA:
            _, at = _groups(data, at, 0, 0)
        length = 0
        if kind == _ONE_BYTE:
            length = 1
        elif kind not in (_NO_DATA, _NO_PREFIX_NO_DATA):
            length, at = _groups(data, at, 0, 0)
        yield number
        at += length


def _first_packed_node(data: bytes, major: int) -> int:
    """The offset of the first node, which follows the jump table if the page has one."""
    if major >= 12:
        return _NODES_12 + int.from_bytes(data[_JUMP_SIZE : _JUMP_SIZE + 2], "little")
    if data[1] & _JUMP_INFO:
        return int.from_bytes(data[_NODES : _NODES + 2], "little")
    return _NODES


def _groups(data: bytes, at: int, number: int, shift: int) -> tuple[int, int]:
    """A number in groups of 7 bits and the offset after it; `number` has the bits below `shift`."""
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 128 or shift > 63:
            return number, at
