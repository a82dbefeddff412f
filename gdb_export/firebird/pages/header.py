"""The header page: what kind of database a file is, or what else it is.

Layouts: ods.h `header_page` of Firebird 1.5 to 5.0; the fields up to offset 44 never moved.
"""

from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.core.errors import (
    Damage,
    EncryptedDatabase,
    NoHeader,
    NotADatabase,
    UnsupportedDatabase,
)

_NEWEST_KNOWN = 30  # of InterBase and Firebird alike, with room for what comes
_DERIVATIVE_FLAGS = 0x6000  # of the version word, beside Firebird's: seen in Red Database 2 and 3
HEADER_BYTES = 1024  # enough for every header, and the smallest page size

_INTERBASES = {
    11: "InterBase 7",
    12: "InterBase 2007",
    13: "InterBase 2009",
    15: "InterBase XE",
    16: "InterBase XE7",
    17: "InterBase 2017",
    18: "InterBase 2020",
}
_OTHER_FILES = (
    (b"PK\x03\x04", "a ZIP file: unpack it and drop the database itself"),
    (b"\x1f\x8b", "a gzip file: unpack it and drop the database itself"),
    (b"7z\xbc\xaf", "a 7z file: unpack it and drop the database itself"),
    (b"Rar!", "a RAR file: unpack it and drop the database itself"),
    (b"\xfd7zXZ", "an xz file: unpack it and drop the database itself"),
    (b"BZh", "a bzip2 file: unpack it and drop the database itself"),
    (b"NBAK", "an nbackup increment, which holds only the changed pages of a database"),
    (b"InterBase/gbak,", "part of a backup that was split: join its parts with gsplit -join"),
    (b"InterBase/gsplit,", "part of a backup that was split: join its parts with gsplit -join"),
    (b"SQLite format 3", "an SQLite database"),
    (b"%PDF", "a PDF document"),
    (b"MZ", "a Windows program"),
)


class Header(NamedTuple):
    """What the reader needs of page 0. Transactions below `oldest_interesting` are committed."""

    ods: tuple[int, int]
    ods_original: tuple[int, int]
    page_size: int
    first_pointer_page: int
    oldest_interesting: int
    next_transaction: int
    flags: int
    is_amd64: bool
    clumplets: dict[int, bytes]

    @property
    def layout_major(self) -> int:
        """The major version whose tables of ods.py apply: ODS 8 and 9 are laid out as 10."""
        return max(self.ods[0], 10)

    @property
    def dialect(self) -> int:
        return 3 if self.flags & ods.FLAG_DIALECT_3[self.layout_major] else 1

    @property
    def is_locked_by_nbackup(self) -> bool:
        return self.layout_major >= 11 and bool(self.flags & ods.FLAG_BACKUP_MASK)

    @property
    def next_file(self) -> str | None:
        """Name of the continuation file of a database of several files."""
        return _file_name(self.clumplets.get(ods.CLUMPLET_NEXT_FILE[self.layout_major]))

    @property
    def last_page(self) -> int | None:
        """The last page that lies in this file, where another one continues it."""
        value = self.clumplets.get(ods.CLUMPLET_LAST_PAGE[self.layout_major])
        return int.from_bytes(value[:4], "little") if value else None

    @property
    def difference_file(self) -> str | None:
        kind = ods.CLUMPLET_DIFFERENCE_FILE.get(self.layout_major)
        return None if kind is None else _file_name(self.clumplets.get(kind))


def parse_header(data: bytes) -> Header:
    """The header in the first bytes of a file; raises what the file is instead, or Damage."""
    _refuse_other_files(data)
    version = _u16(data, 18)
    major = version & ~ods.FIREBIRD_FLAG
    _refuse_versions(version, major, data)
    page_size, _, first_pointer_page = ods.HEADER_PREFIX.unpack_from(data, 16)
    if page_size not in ods.PAGE_SIZES:
        raise Damage(f"a page size of {page_size} in the header", page=0)
    return _parse_checked(data, major, page_size, first_pointer_page)


def _parse_checked(data: bytes, major: int, page_size: int, first_pointer_page: int) -> Header:
    layout_major = max(major, 10)
    oldest, _, following = ods.HEADER_TRANSACTIONS.unpack_from(data, 28)
    if layout_major in ods.HEADER_TRANSACTIONS_HIGH:
        at = ods.HEADER_TRANSACTIONS_HIGH[layout_major]
        following |= _u16(data, at) << 32
        oldest |= _u16(data, at + 2) << 32
    flags = _u16(data, 42)
    if layout_major >= 12 and flags & ods.FLAG_ENCRYPTED:
        raise EncryptedDatabase(
            f"an encrypted database{_crypt_plugin(data, layout_major)}: decrypt it with the engine"
            " that wrote it (ALTER DATABASE DECRYPT), then upload it again"
        )
    minor = _u16(data, ods.HEADER_MINOR[layout_major])
    original = _u16(data, ods.HEADER_MINOR_ORIGINAL[layout_major]) if layout_major < 12 else minor
    return Header(
        ods=(major, minor),
        ods_original=(major, original),
        page_size=page_size,
        first_pointer_page=first_pointer_page,
        oldest_interesting=oldest,
        next_transaction=following,
        flags=flags,
        is_amd64=_u16(data, ods.HEADER_IMPLEMENTATION) == ods.AMD64_CLASS,
        clumplets=_clumplets(data, ods.HEADER_CLUMPLETS[layout_major]),
    )


def _refuse_other_files(data: bytes) -> None:
    if not data:
        raise NotADatabase("the file is empty")
    for signature, words in _OTHER_FILES:
        if data.startswith(signature):
            raise NotADatabase(f"this is {words}, not a Firebird database")
    if _is_text(data):
        raise NotADatabase("this is a text file, not a Firebird database")
    if not any(data):
        raise NoHeader("the file begins with zeros only: no Firebird database is left in it")
    if len(data) < HEADER_BYTES:
        raise NotADatabase(f"a file of {len(data)} bytes is too short for a Firebird database")
    if data[0] != ods.PageType.HEADER:
        raise NoHeader("this is not a Firebird database: it does not begin with a header page")


def _refuse_versions(version: int, major: int, data: bytes) -> None:
    is_firebird = bool(version & ods.FIREBIRD_FLAG)
    if version & _DERIVATIVE_FLAGS:
        raise UnsupportedDatabase(
            f"a database of Red Database or another derivative of Firebird (its version is"
            f" {version:#x}): only Firebird databases can be read"
        )
    if not 8 <= major <= _NEWEST_KNOWN:
        if 8 <= _u16_big(data, 18) & ~ods.FIREBIRD_FLAG <= _NEWEST_KNOWN:
            raise UnsupportedDatabase(
                "a database of a big-endian machine (SPARC, PowerPC, HP-UX): back it up there with"
                " gbak -t and upload the backup"
            )
        raise Damage(f"an ODS version of {major} in the header", page=0)
    if major >= 11 and not is_firebird:
        name = _INTERBASES.get(major, "InterBase")
        raise UnsupportedDatabase(
            f"an {name} database, ODS {major}.{_u16(data, 62)}: only Firebird databases can be read"
        )
    if major >= 14:
        name = "Firebird 6" if major == 14 else "a Firebird newer than 6"
        raise UnsupportedDatabase(
            f"a database of {name}, ODS {major}: ODS 10 to 13.1 (Firebird 1.0 to 5.0) can be read;"
            " move it to Firebird 5 with gbak"
        )


def _is_text(data: bytes) -> bool:
    sample = data[:HEADER_BYTES]
    return not any(byte < 9 or 13 < byte < 32 for byte in sample)


def _clumplets(data: bytes, at: int) -> dict[int, bytes]:
    """type, length, bytes … up to type 0; what would run out of the page ends the list."""
    found: dict[int, bytes] = {}
    while at + 2 <= len(data) and data[at] != ods.CLUMPLET_END:
        value = data[at + 2 : at + 2 + data[at + 1]]
        if len(value) < data[at + 1]:
            break
        found[data[at]] = value
        at += 2 + data[at + 1]
    return found


def _file_name(value: bytes | None) -> str | None:
    return decode_name(value) if value else None


def _crypt_plugin(data: bytes, layout_major: int) -> str:
    at = ods.HEADER_CRYPT_PLUGIN[layout_major]
    name = data[at : at + 32].split(b"\0")[0].decode("ascii", "replace")
    return f" (plugin {name})" if name else ""


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _u16_big(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
