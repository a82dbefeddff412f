"""Parser of the header page (page 0): version, page size, transaction counters, flags, clumplets.

Layouts: `header_page` in ods.h of Firebird 1.5 to 6.0, and interbase.py for InterBase. The fields
up to offset 44 are the same in ODS 10 to 13.
"""

from typing import NamedTuple

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.core.errors import Damage, EncryptedDatabase, UnsupportedDatabase
from gdb_export.firebird.pages.file_types import is_interbase, reject_other_files, reject_versions


class Header(NamedTuple):
    """The fields of page 0 that the reader needs. Transactions below `oldest_interesting` are
    committed. `file_sequence` counts the files of a database of several files from 0; None if the
    header has no such field."""

    ods: tuple[int, int]
    ods_original: tuple[int, int]
    page_size: int
    first_pointer_page: int
    oldest_interesting: int
    next_transaction: int
    flags: int
    is_amd64: bool
    clumplets: dict[int, bytes]
    backup_mode: int = 0
    is_interbase: bool = False
    file_sequence: int | None = None

    @property
    def layout_version(self) -> tuple[int, int]:
        """The Firebird version whose structures and rules apply."""
        return interbase.LAYOUT_VERSION if self.is_interbase else self.ods

    @property
    def format_label(self) -> str:
        """The ODS version, with the product if that is InterBase: "13.2 (InterBase 2009)"."""
        version = f"{self.ods[0]}.{self.ods[1]}"
        return (
            f"{version} ({interbase.product_name(self.ods[0])})" if self.is_interbase else version
        )

    @property
    def layout_major(self) -> int:
        """The major version whose tables of ods.py apply; ODS 8, 9 and InterBase have the layout of
        10."""
        return max(self.layout_version[0], 10)

    @property
    def dialect(self) -> int:
        return 3 if self.flags & ods.FLAG_DIALECT_3[self.layout_major] else 1

    @property
    def is_locked_by_nbackup(self) -> bool:
        if self.layout_major in ods.HEADER_MODES:
            return bool(self.backup_mode)
        return self.layout_major >= 11 and bool(self.flags & ods.FLAG_BACKUP_MASK)

    @property
    def next_file(self) -> str | None:
        """Stored path of the next file of a database of several files."""
        clumplet_type = ods.CLUMPLET_NEXT_FILE.get(self.layout_major)
        return None if clumplet_type is None else _path(self.clumplets.get(clumplet_type))

    @property
    def last_page(self) -> int | None:
        """Number of the last page in this file, if another file continues it."""
        clumplet_type = ods.CLUMPLET_LAST_PAGE.get(self.layout_major, ods.CLUMPLET_END)
        value = self.clumplets.get(clumplet_type)
        return int.from_bytes(value[:4], "little") if value else None

    @property
    def difference_file(self) -> str | None:
        """Stored path of the difference file of nbackup."""
        clumplet_type = ods.CLUMPLET_DIFFERENCE_FILE.get(self.layout_major)
        return None if clumplet_type is None else _path(self.clumplets.get(clumplet_type))


def parse_header(data: bytes) -> Header:
    """Parse the first HEADER_BYTES of a file.

    Raises NotADatabase, UnsupportedDatabase or EncryptedDatabase for other files, Damage if the
    header contradicts itself.
    """
    reject_other_files(data)
    reject_versions(data)
    page_size, version = ods.HEADER_PREFIX.unpack_from(data, 16)
    if page_size not in ods.PAGE_SIZES:
        raise Damage(f"a page size of {page_size} in the header", page=0)
    major = version & ~ods.FIREBIRD_FLAG
    if is_interbase(version):
        return _parse_interbase(data, major, page_size)
    return _parse_firebird(data, major, page_size)


def _parse_firebird(data: bytes, major: int, page_size: int) -> Header:
    layout_major = max(major, 10)
    minor = _u16(data, ods.HEADER_MINOR[layout_major])
    _reject_unknown_structures(data, layout_major, minor)
    oldest, next_transaction = _transactions(data, layout_major)
    flags = _u16(data, ods.HEADER_FLAGS[layout_major])
    first_pointer_page = _u32(data, ods.HEADER_FIRST_POINTER_PAGE[layout_major])
    modes_at, _ = ods.HEADER_MODES.get(layout_major, (None, ()))
    if layout_major >= 12 and flags & ods.FLAG_ENCRYPTED:
        raise EncryptedDatabase(
            f"an encrypted database{_crypt_plugin(data, layout_major)}: decrypt it with the engine"
            " that wrote it (ALTER DATABASE DECRYPT), then upload it again"
        )
    original = _u16(data, ods.HEADER_MINOR_ORIGINAL[layout_major]) if layout_major < 12 else minor
    return Header(
        ods=(major, minor),
        ods_original=(major, original),
        page_size=page_size,
        first_pointer_page=first_pointer_page,
        oldest_interesting=oldest,
        next_transaction=next_transaction,
        flags=flags,
        is_amd64=_u16(data, ods.HEADER_IMPLEMENTATION) == ods.AMD64_CLASS,
        clumplets=_clumplets(data, ods.HEADER_CLUMPLETS[layout_major]),
        backup_mode=0 if modes_at is None else data[modes_at],
        file_sequence=_u16(data, ods.HEADER_SEQUENCE) if layout_major < 14 else None,
    )


def _reject_unknown_structures(data: bytes, layout_major: int, minor: int) -> None:
    """Raise UnsupportedDatabase for a structure that an unreleased engine may have changed."""
    minors = ods.KNOWN_MINORS.get(layout_major)
    if minors is not None and minor not in minors:
        raise UnsupportedDatabase(
            f"a database of ODS {layout_major}.{minor}, of a newer build of Firebird than this"
            f" program knows (ODS {layout_major}.{minors[-1]}): back it up with gbak of that"
            " engine and restore it with Firebird 5, or use a newer version of this program"
        )
    modes_at, max_modes = ods.HEADER_MODES.get(layout_major, (0, ()))
    has_known_modes = all(
        mode <= max_mode for mode, max_mode in zip(data[modes_at:], max_modes, strict=False)
    )
    end_at = ods.HEADER_END.get(layout_major)
    has_known_end = end_at is None or _u16(data, end_at) >= ods.HEADER_CLUMPLETS[layout_major]
    if not (has_known_modes and has_known_end):
        raise UnsupportedDatabase(
            f"a database of ODS {layout_major}.{minor} with a header page that this program does"
            " not know: it is damaged, or of another build of an unreleased Firebird"
        )


def _transactions(data: bytes, layout_major: int) -> tuple[int, int]:
    """The oldest interesting and the next transaction."""
    at = ods.HEADER_LONG_TRANSACTIONS_AT.get(layout_major)
    if at is not None:
        next_transaction, oldest = ods.HEADER_LONG_TRANSACTIONS.unpack_from(data, at)
        return oldest, next_transaction
    oldest, _, next_transaction = ods.HEADER_TRANSACTIONS.unpack_from(data, 28)
    if layout_major in ods.HEADER_TRANSACTIONS_HIGH:
        at = ods.HEADER_TRANSACTIONS_HIGH[layout_major]
        next_transaction |= _u16(data, at) << 32
        oldest |= _u16(data, at + 2) << 32
    return oldest, next_transaction


def _parse_interbase(data: bytes, major: int, page_size: int) -> Header:
    layout = interbase.header_layout(major)
    oldest, _, last = layout.transactions.unpack_from(data, layout.transactions_at)
    return Header(
        ods=(major, _u16(data, layout.minor)),
        ods_original=(major, _u16(data, layout.minor_original)),
        page_size=page_size,
        first_pointer_page=int.from_bytes(data[layout.first_pointer_page :][:4], "little"),
        oldest_interesting=oldest,
        next_transaction=last,
        flags=_u16(data, layout.flags),
        is_amd64=False,
        clumplets=_clumplets(data, layout.clumplets),
        is_interbase=True,
    )


def _clumplets(data: bytes, at: int) -> dict[int, bytes]:
    """Clumplets (type, length, bytes) by type, up to type 0 or one that exceeds the page."""
    clumplets: dict[int, bytes] = {}
    while at + 2 <= len(data) and data[at] != ods.CLUMPLET_END:
        value = data[at + 2 : at + 2 + data[at + 1]]
        if len(value) < data[at + 1]:
            break
        clumplets[data[at]] = value
        at += 2 + data[at + 1]
    return clumplets


def _path(value: bytes | None) -> str | None:
    return decode_name(value) if value else None


def _crypt_plugin(data: bytes, layout_major: int) -> str:
    at = ods.HEADER_CRYPT_PLUGIN[layout_major]
    name = data[at : at + 32].split(b"\0")[0].decode("ascii", "replace")
    return f" (plugin {name})" if name else ""


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
