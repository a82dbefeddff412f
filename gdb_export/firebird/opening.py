"""From a file to its pages: the header checked against the pages, difference file and all."""

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import (
    Damage,
    DoubtfulHeader,
    FirebirdError,
    UnreadableDatabase,
)
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.pages.header import HEADER_BYTES, Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile, base_name
from gdb_export.firebird.recovery.page_size_probe import SAMPLE_BYTES, probe_page_size


def open_pages(
    source: Source, log: DamageLog, header: Header | None = None
) -> tuple[Header, PageFile]:
    """The header and the pages of a database; raises what the file is instead. A header that is
    given stands for that of the file."""
    if header is None:
        header = _trustworthy_header(source, source.read(0, HEADER_BYTES), log)
    pages = PageFile(source, header, log)
    if pages.leftover:
        log.note(f"the file ends {pages.leftover} bytes into a page: it may be cut off")
    if header.is_locked_by_nbackup:
        header = _with_difference_file(source, header, pages, log)
    if pages.page_count < 2:
        raise UnreadableDatabase("nothing but the header page is left of the database")
    return header, pages


def _trustworthy_header(source: Source, data: bytes, log: DamageLog) -> Header:
    """The header, with another page size if the pages themselves speak for it."""
    size = None
    try:
        header = parse_header(data)
        if not _speaks_for(source, header.page_size):
            size = _likely_page_size(source)
        if size in (None, header.page_size):
            return header
        said = f"a page size of {header.page_size} in the header"
    except Damage as damage:
        said = damage.reason
        size = _likely_page_size(source)
    if size is None:
        raise DoubtfulHeader(f"the header is damaged: {said}")
    try:
        header = parse_header(data[:16] + size.to_bytes(2, "little") + data[18:])
    except Damage as damage:
        raise DoubtfulHeader(f"the header is damaged: {damage.reason}") from damage
    log.add(Damage(f"{said}; by its pages it is {size}", page=0))
    return header


def _likely_page_size(source: Source) -> int | None:
    traces = probe_page_size(source.read(0, SAMPLE_BYTES))
    return None if traces is None else traces.size


def _speaks_for(source: Source, size: int) -> bool:
    """With the right size page 1 is an inventory page or page 3 the pointer page of relation 0."""
    inventory = source.read(size, ods.PAGE_HEADER_SIZE)
    pointer = source.read(ods.FIRST_POINTER_PAGE * size, ods.POINTER_SLOTS)
    is_inventory = bool(inventory) and inventory[0] == PageType.PAGE_INVENTORY
    if len(pointer) < ods.POINTER_SLOTS or pointer[0] != PageType.POINTER:
        return is_inventory and source.size <= ods.FIRST_POINTER_PAGE * size
    sequence, _, _, relation = ods.POINTER_PAGE.unpack_from(pointer, 16)
    return (sequence, relation) == (0, ods.RELATION_PAGES)


def _with_difference_file(
    source: Source, header: Header, pages: PageFile, log: DamageLog
) -> Header:
    """Let an nbackup difference file stand for the pages it holds, the header among them.

    Without one, or with one that can't be read, the database is read as it was when it was locked.
    """
    name = header.difference_file
    difference = source.open_adjacent(base_name(name) if name else f"{source.name}.delta")
    if difference is None:
        return header
    try:
        pages.add_difference(difference)
    except Damage as damage:
        log.add(Damage(f"the difference file {difference.name} of nbackup: {damage}"))
        return header
    try:
        newer = parse_header(pages.page(0)[:HEADER_BYTES])
    except FirebirdError as error:
        log.add(Damage(f"the header in the difference file of nbackup: {error}", page=0))
        return header
    return newer if newer.page_size == header.page_size else header
