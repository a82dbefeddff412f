"""InterBase 7 to 15 (ODS 11 to 19): versions and constants that differ from those of ods.py.

InterBase 6 is ODS 10, and its successors kept most of it: page headers, pointer pages, inventories,
records, run lengths, differences, blobs and the rules of SQL. The version word has no 0x8000 bit.

Knowledge: the vendor's documentation, and files whose indices agree with the rows that were read.
"""

from struct import Struct
from typing import NamedTuple

from gdb_export.firebird.core import charsets, ods

MIN_MAJOR, MAX_MAJOR = 11, 19
# The Firebird version whose structures and rules apply where no other is named
LAYOUT_VERSION = (10, 1)
PRODUCTS = {
    11: "InterBase 7",
    12: "InterBase 2007",
    13: "InterBase 2009",
    15: "InterBase XE",
    16: "InterBase XE7",
    17: "InterBase 2017",
    18: "InterBase 2020",
    19: "InterBase 15",
}
# Versions with sample files whose rows were compared with the indices
CHECKED_VERSIONS = frozenset({(13, 2), (15, 0), (16, 0), (16, 1), (18, 0), (18, 2), (19, 0)})


def product_name(major: int) -> str:
    return PRODUCTS.get(major, "InterBase")


# ---------------------------------------------------------------- header page
class HeaderLayout(NamedTuple):
    """Offsets of the fields of the header page; `transactions` unpacks the oldest interesting, the
    oldest active and the last transaction."""

    minor: int
    minor_original: int
    transactions: Struct
    transactions_at: int
    first_pointer_page: int
    flags: int
    clumplets: int


_HEADER_11 = HeaderLayout(62, 64, Struct("<III"), 28, 20, 42, 96)
_HEADER_16 = HeaderLayout(20, 112, Struct("<QQQ"), 24, 56, 108, 136)
# Clumplets of databases with encryption keys
KEY_CLUMPLETS = frozenset({13, 18})


def header_layout(major: int) -> HeaderLayout:
    return _HEADER_16 if major >= 16 else _HEADER_11


# ---------------------------------------------------------------- pages and records
SYSTEM_RELATIONS = 128  # ids of system tables are below this
BLOB_ID_MAJOR = 11  # the ODS whose layout of blob ids applies
FIRST_BLOB_PAGES = 15  # the first major version with separate pages for the blobs of a table
VERSION_PAGE = 0x20  # flag of data pages that hold only back versions and fragments (ODS 16+)
# Record flag of a back version that is a list of changed columns: there is no older version
CHANGED_COLUMNS = 0x1000

# Minimum bytes of a record with its slot, which bound the slots of a page
_NARROW_OVERHEAD, _WIDE_OVERHEAD = 17, 39


def slot_divisors(major: int, page_size: int) -> tuple[int, ...]:
    """The possible divisors in: record number = sequence of the data page * divisor + slot.

    There are two for versions of which no file was seen; with the right one, a blob id leads to a
    blob.
    """
    narrow, wide = (
        (page_size - ods.DATA_PAGE_SIZE) // size for size in (_NARROW_OVERHEAD, _WIDE_OVERHEAD)
    )
    if major == 11:
        return (narrow,)
    return (wide, narrow) if major in (12, 14) else (wide,)


# ---------------------------------------------------------------- fields
# descriptor version, dtype, scale, declared precision, length, sub type, flags, encryption id,
# offset
DESCRIPTOR = Struct("<xBbBHhHHI")
DESCRIPTOR_SIZE = DESCRIPTOR.size
DTYPE_BOOLEAN = 20  # u16; Firebird's boolean is 21 and has one byte
BOOLEAN_LENGTH = 2
FIELD_TYPE_BOOLEAN = 17  # RDB$FIELD_TYPE and BLR
_CIPHER_BLOCK = 16  # bytes of AES

# The character sets that have other ids than in Firebird
_CHARSET_IDS = {
    8: charsets.UTF16BE,
    39: charsets.ISO8859_15,
    58: charsets.KOI8R,
    59: charsets.UTF8,
    64: charsets.UTF16LE,
    126: charsets.ASCII,  # BASE64
}


def charset_of(charset_id: int) -> int:
    """The id in charsets.py of one of InterBase's character sets."""
    return _CHARSET_IDS.get(charset_id, charset_id)


def encrypted_length(length: int) -> int:
    """The bytes that an encrypted value of `length` bytes takes."""
    return -(-length // _CIPHER_BLOCK) * _CIPHER_BLOCK
