"""Recognises files that are not supported databases and raises the error that names their type."""

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.errors import (
    Damage,
    NoHeader,
    NotADatabase,
    UnsupportedDatabase,
)

_MAX_MAJOR = 30  # highest ODS major of InterBase and Firebird, with room for new versions
_DERIVATIVE_FLAGS = 0x6000  # bits that Red Database 2 and 3 set in the version word

_UNPACK = ": unpack it first"
# Signature, name, advice
_OTHER_FILES = (
    (b"PK\x03\x04", "a ZIP file", _UNPACK),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"7z\xbc\xaf", "a 7z file", _UNPACK),
    (b"Rar!", "a RAR file", _UNPACK),
    (b"\xfd7zXZ", "an xz file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"NBAK", "an nbackup increment (only the changed pages)", ""),
    (b"InterBase/gbak,", "a damaged volume of a split backup", ""),
    (b"InterBase/gsplit,", "a damaged volume of a split backup", ""),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"MSCF", "a cabinet file", _UNPACK),
    (b"SQLite format 3", "an SQLite database", ""),
    (b"\x00\x01\x00\x00Standard Jet DB", "a Microsoft Access database", ""),
    (b"\x00\x01\x00\x00Standard ACE DB", "a Microsoft Access database", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Microsoft Office document", ""),
    (b"%PDF", "a PDF document", ""),
    (b"MZ", "a Windows program", ""),
    (b"\x7fELF", "a Linux program or library", ""),
)
_TAR_SIGNATURE, _TAR_SIGNATURE_AT = b"ustar", 257


def reject_other_files(data: bytes) -> None:
    """Raise NotADatabase unless `data`, the first bytes of a file, begins with a header page."""
    if not data:
        raise NotADatabase("the file is empty")
    for signature, name, advice in _OTHER_FILES:
        if data.startswith(signature):
            raise NotADatabase(f"this is {name}, not a Firebird database{advice}")
    if data.startswith(_TAR_SIGNATURE, _TAR_SIGNATURE_AT):
        raise NotADatabase(f"this is a tar archive, not a Firebird database{_UNPACK}")
    if data[0] >= 0x7F and data.count(data[0]) == len(data):
        raise NoHeader(
            f"the file begins with nothing but the byte 0x{data[0]:02X}: no Firebird database is"
            " left in it"
        )
    if _is_text(data):
        raise NotADatabase("this is a text file, not a Firebird database")
    if not any(data):
        raise NoHeader("the file begins with zeros only: no Firebird database is left in it")
    if len(data) < ods.HEADER_BYTES:
        raise NotADatabase(f"a file of {len(data)} bytes is too short for a Firebird database")
    if data[0] != ods.PageType.HEADER:
        raise NoHeader("this is not a Firebird database: it does not begin with a header page")


def reject_continuation(data: bytes) -> None:
    """Raise NotADatabase for a further file of a database of several files.

    `data` begins with a header page. The number of the file is at the same offset in every ODS of
    Firebird up to 13, and ODS 14 has one file only; only the first file names the first page of
    RDB$PAGES (`PAG_add_file` in pag.cpp).
    """
    _, version = ods.HEADER_PREFIX.unpack_from(data, 16)
    if version in ods.SINGLE_FILE_VERSIONS or is_interbase(version):
        return
    offset = ods.HEADER_FIRST_POINTER_PAGE[10]
    first_pointer_page = int.from_bytes(data[offset : offset + 4], "little")
    sequence = int.from_bytes(data[ods.HEADER_SEQUENCE : ods.HEADER_SEQUENCE + 2], "little")
    if sequence and not first_pointer_page:
        raise NotADatabase(
            f"this is file {sequence + 1} of a database of several files: give the first file, with"
            " the others in the same folder"
        )


def reject_versions(data: bytes) -> None:
    """Raise UnsupportedDatabase for databases of other engines and versions, and Damage for an
    ODS version that no engine writes. `data` begins with a header page."""
    version = int.from_bytes(data[18:20], "little")
    major = version & ~ods.FIREBIRD_FLAG
    if version & _DERIVATIVE_FLAGS:
        raise UnsupportedDatabase(
            f"a database of Red Database or another derivative of Firebird (its version is"
            f" {version:#x}): only Firebird databases can be read"
        )
    if not 8 <= major <= _MAX_MAJOR:
        if 8 <= int.from_bytes(data[18:20], "big") & ~ods.FIREBIRD_FLAG <= _MAX_MAJOR:
            raise UnsupportedDatabase(
                "a database of a big-endian machine (SPARC, PowerPC, HP-UX): back it up there with"
                " gbak -t and upload the backup"
            )
        raise Damage(f"an ODS version of {major} in the header", page=0)
    if is_interbase(version):
        if major > interbase.MAX_MAJOR:
            minor = int.from_bytes(data[20:22], "little")
            raise UnsupportedDatabase(
                f"a database of an InterBase newer than 15, ODS {major}.{minor}: ODS"
                f" {interbase.MIN_MAJOR} to {interbase.MAX_MAJOR} can be read; move it to"
                " InterBase 15 with gbak"
            )
        return
    if major > 14:
        raise UnsupportedDatabase(
            f"a database of a Firebird newer than 6, ODS {major}: ODS 10 to 14.0 (Firebird 1.0"
            " to 6) can be read; move it to Firebird 5 with gbak"
        )


def is_interbase(version: int) -> bool:
    """Whether a version word is InterBase's: ODS 11 or newer without the flag of Firebird."""
    return not version & ods.FIREBIRD_FLAG and version >= interbase.MIN_MAJOR


def _is_text(data: bytes) -> bool:
    sample = data[: ods.HEADER_BYTES]
    return not any(byte < 9 or 13 < byte < 32 for byte in sample)
