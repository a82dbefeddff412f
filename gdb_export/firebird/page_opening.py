"""Opens the pages of a database: checks the header against the pages, adds a difference file."""

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import (
    Damage,
    DoubtfulHeader,
    EncryptedDatabase,
    FirebirdError,
    UnreadableDatabase,
)
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.pages.file_types import reject_continuation, reject_other_files
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile, base_name
from gdb_export.firebird.recovery.page_size_probe import SAMPLE_BYTES, probe_page_size

_LOCKED = (
    "nbackup locked this database: what was changed since then is in its difference file {}, which"
    " is not here; these are the rows from the time of the lock. Put the difference file beside the"
    " database, or end the lock (ALTER DATABASE END BACKUP) and copy the database again"
)


def open_pages(
    source: Source, log: DamageLog, header: Header | None = None
) -> tuple[Header, PageFile]:
    """The header and the pages of a database; `header` replaces that of the file.

    Raises NotADatabase, UnsupportedDatabase or EncryptedDatabase for other files, and
    UnreadableDatabase if hardly anything is left.
    """
    if header is None:
        header = _checked_header(source, source.read(0, ods.HEADER_BYTES), log)
    if header.is_interbase:
        _check_interbase(source, header, log)
    pages = PageFile(source, header, log)
    if pages.trailing_bytes:
        log.note(f"the file ends {pages.trailing_bytes} bytes into a page: it may be cut off")
    if header.is_locked_by_nbackup:
        header = _with_difference_file(source, header, pages, log)
    if pages.page_count < 2:
        raise UnreadableDatabase("nothing but the header page is left of the database")
    return header, pages


def _checked_header(source: Source, data: bytes, log: DamageLog) -> Header:
    """The header; its page size is replaced if the pages have another one."""
    size = None
    try:
        reject_other_files(data)
        reject_continuation(data)
        header = parse_header(data)
        if not _has_pages_of(source, header.page_size):
            size = _probed_page_size(source)
        if size in (None, header.page_size):
            return header
        reason = f"a page size of {header.page_size} in the header"
    except Damage as damage:
        reason = damage.reason
        size = _probed_page_size(source)
    if size is None:
        raise DoubtfulHeader(f"the header is damaged: {reason}")
    try:
        header = parse_header(data[:16] + size.to_bytes(2, "little") + data[18:])
    except Damage as damage:
        raise DoubtfulHeader(f"the header is damaged: {damage.reason}") from damage
    log.add(Damage(f"{reason}; its pages have {size} bytes", page=0))
    return header


def _check_interbase(source: Source, header: Header, log: DamageLog) -> None:
    """Raise EncryptedDatabase if keys are in the header and the pages make no sense; note the
    properties of the file that were never checked with InterBase."""
    if interbase.KEY_CLUMPLETS & header.clumplets.keys():
        if not _has_pages_of(source, header.page_size):
            raise EncryptedDatabase(
                f"an encrypted database of {interbase.product_name(header.ods[0])}: decrypt it with"
                " InterBase (ALTER DATABASE DECRYPT), then upload it again"
            )
    unchecked = []
    if header.ods not in interbase.CHECKED_VERSIONS:
        unchecked.append(f"with rows of ODS {header.format_label}")
    if header.next_file is not None:
        unchecked.append("of several parts")
    if header.next_transaction >= 1 << 32:
        unchecked.append("with transaction numbers of more than 32 bits")
    for feature in unchecked:
        log.note(
            f"no InterBase database {feature} was ever checked: it is read like those that were;"
            " compare the rows with the application"
        )


def _probed_page_size(source: Source) -> int | None:
    probe = probe_page_size(source.read(0, SAMPLE_BYTES))
    return None if probe is None else probe.size


def _has_pages_of(source: Source, size: int) -> bool:
    """Whether, with this page size, page 3 is the first pointer page of RDB$PAGES; in a file too
    short for it, whether page 1 is an inventory page."""
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
    """Add an nbackup difference file to the pages; return the header in it, or the given one.

    Without a readable difference file the database is read in its state when it was locked.
    """
    name = header.difference_file
    difference = source.open_adjacent(base_name(name) if name else f"{source.name}.delta")
    if difference is None:
        log.note(_LOCKED.format(base_name(name) if name else f"{source.name}.delta"))
        return header
    try:
        pages.add_difference(difference)
    except Damage as damage:
        log.add(Damage(f"the difference file {difference.name} of nbackup: {damage}"))
        return header
    try:
        newer = parse_header(pages.page(0)[: ods.HEADER_BYTES])
    except FirebirdError as error:
        log.add(Damage(f"the header in the difference file of nbackup: {error}", page=0))
        return header
    return newer if newer.page_size == header.page_size else header
