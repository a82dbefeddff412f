"""Compares the record numbers in the indices of a database with the rows that are read.

Every visible row has an entry in each index of its table, and every entry leads to a record: of a
visible row, or of one that is deleted or was never committed. Equal numbers are an
independent proof that the right rows are read, for a file of any version.

Entries for empty slots are notes and not differences: Firebird 5 leaves some of them when it
removes rows, and its own validation accepts them (seen in random databases).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.indices.index_pages import (
    IndexPage,
    IndexRoot,
    index_roots,
    numbers_of,
    parse_index_page,
)
from gdb_export.firebird.records.records import parse_record_header

# State of a record number, in bits; _EMPTY: a slot without a record on a page that was read
_EXISTS, _VISIBLE, _INDEXED, _EMPTY = 1, 2, 4, 8
_MAX_NAMED = 3  # record numbers in a message


@dataclass(slots=True)
class IndexCheck:
    """The result for one table: `differences` and `notes` are sentences, `unreadable` names the
    parts that were not compared."""

    table: str
    rows: int = 0
    indices: int = 0
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def check_indices(database: Database) -> Iterator[IndexCheck]:
    """Compare each readable index of each table, system tables included."""
    names = {table.relation: table.name for table in database.tables}
    for relation, page_number in sorted(database.index_root_pages().items()):
        check = IndexCheck(names.get(relation, f"system table {relation}"))
        try:
            roots = index_roots(
                database.pages.page(page_number), page_number, relation, database.header
            )
        except Damage as damage:
            check.unreadable.append(f"its indices: {damage}")
            roots = []
        if roots:
            _check_table(database, relation, roots, check)
        if roots or check.unreadable:
            yield check


def _check_table(
    database: Database, relation: int, roots: list[IndexRoot], check: IndexCheck
) -> None:
    divisor = database.record_divisor(relation)
    records = _records(database, relation, divisor, check)
    check.rows = sum(1 for bits in records if bits & _VISIBLE)
    for root in roots:
        for number, bits in enumerate(records):
            if bits & _INDEXED:
                records[number] = bits & ~_INDEXED
        try:
            lost = _mark_entries(database, relation, root, records)
        except Damage as damage:
            check.unreadable.append(f"index {root.position + 1}: {damage}")
            continue
        check.indices += 1
        _compare(check, root, records, lost)


def _records(database: Database, relation: int, divisor: int, check: IndexCheck) -> bytearray:
    """The state of each record number. Fragments and back versions have none of their own."""
    log: list[Damage] = []
    page_numbers = database.relation_pages(relation)
    records = bytearray(len(page_numbers) * divisor)
    for sequence, page_number in enumerate(page_numbers):
        if not page_number:
            continue
        try:
            data = database.pages.page(page_number)
            page = database.data_page(relation, sequence, page_number, data)
        except Damage as damage:
            log.append(damage)
            continue
        first = sequence * divisor
        records[first : first + divisor] = bytes([_EMPTY]) * divisor
        for slot in range(min(page.slots, divisor)):
            try:
                item = page.item(slot)
                if item is None:
                    continue
                flags = parse_record_header(item, database.header.layout_major).flags
                if flags & ods.SECONDARY_ITEM:
                    continue
                is_visible = database.records.visible(item, page.relation) is not None
                records[first + slot] = _EXISTS | (_VISIBLE if is_visible else 0)
            except Damage as damage:
                records[first + slot] = _EXISTS
                log.append(damage.at(page_number, slot))
    if log:
        check.unreadable.append(f"{len(log)} damaged places, first {log[0]}")
    return records


def _mark_entries(
    database: Database, relation: int, root: IndexRoot, records: bytearray
) -> list[int]:
    """Set _INDEXED for the record numbers in the leaves; return those beyond the table's pages."""
    beyond: list[int] = []
    page = _page(database, relation, root, root.page)
    while page.level:
        first = next(numbers_of(page, database.header), None)
        if first is None:
            raise Damage("an index page without nodes", page=page.number)
        below = _page(database, relation, root, first)
        if below.level != page.level - 1:
            raise Damage(f"a page of level {below.level} follows", page=page.number)
        page = below
    seen = {page.number}
    while True:
        for number in numbers_of(page, database.header):
            if number < len(records):
                records[number] |= _INDEXED
            else:
                beyond.append(number)
        if not page.next:
            return beyond
        if page.next in seen:
            raise Damage("its pages form a cycle", page=page.number)
        seen.add(page.next)
        page = _page(database, relation, root, page.next)
        if page.level:
            raise Damage("a page of a higher level among the leaves", page=page.number)


def _page(database: Database, relation: int, root: IndexRoot, page_number: int) -> IndexPage:
    data = database.pages.page(page_number)
    return parse_index_page(data, page_number, relation, root.position)


def _compare(check: IndexCheck, root: IndexRoot, records: bytearray, beyond: list[int]) -> None:
    """Add the differences between the records and the entries of an index. `beyond` are record
    numbers of entries beyond the table's pages."""
    missing = [
        number for number, bits in enumerate(records) if bits & (_VISIBLE | _INDEXED) == _VISIBLE
    ]
    empty = [number for number, bits in enumerate(records) if bits == _EMPTY | _INDEXED]
    surplus = [number for number, bits in enumerate(records) if bits == _INDEXED]
    surplus += beyond
    index = f"index {root.position + 1}"
    if missing and not root.is_partial:
        check.differences.append(f"{index} lacks {_numbers('visible row', missing)}")
    if surplus:
        check.differences.append(f"{index} has {_numbers('entry', surplus)} without a record")
    if empty:
        check.notes.append(
            f"{index} has {_numbers('entry', empty)} for an empty slot: of a row that the engine"
            " removed, or that is lost"
        )


def _numbers(noun: str, numbers: list[int]) -> str:
    plural = {"entry": "entries"}.get(noun, f"{noun}s")
    first = ", ".join(map(str, numbers[:_MAX_NAMED]))
    rest = ", …" if len(numbers) > _MAX_NAMED else ""
    return f"{len(numbers)} {noun if len(numbers) == 1 else plural} (record {first}{rest})"
