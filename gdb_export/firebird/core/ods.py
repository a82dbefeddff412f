"""The on-disk structure (ODS): constants and structures in the order of Firebird's ods.h.

An ODS version is a pair (major, minor): 10.0 is Firebird 1.0, 10.1 is 1.5, 11.x is 2.x,
12.x is 3, 13.0 is 4, 13.1 is 5 and 14.0 is 6. All integers are little-endian.

Plain integers such as TIP_NEXT are byte offsets in a page or item, unless a comment says otherwise;
dictionaries are by major version of the layout.
"""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

FIREBIRD_FLAG = 0x8000  # in the version word; set from ODS 11 on

PAGE_SIZES = (1024, 2048, 4096, 8192, 16384, 32768)
# Page number of the first pointer page of RDB$PAGES in every database that an engine created
FIRST_POINTER_PAGE = 3
PAGE_HEADER = Struct("<BBHIII")  # type, flags, checksum, generation, scn, page number (12+)
PAGE_HEADER_SIZE = PAGE_HEADER.size
# Constant in the checksum field of every formatted page up to ODS 11
PAGE_CHECKSUM = 12345


class PageType(IntEnum):
    UNFORMATTED = 0
    HEADER = 1
    PAGE_INVENTORY = 2
    TRANSACTION_INVENTORY = 3
    POINTER = 4
    DATA = 5
    INDEX_ROOT = 6
    INDEX = 7
    BLOB = 8
    GENERATORS = 9
    SCN = 10
    BLOB_POINTER = 11  # InterBase: as POINTER, for the pages that hold the blobs of a table
    BLOB_DATA = 12  # InterBase: as DATA, for blobs


# ---------------------------------------------------------------- header page
HEADER_BYTES = 1024  # covers every header; also the smallest page size
HEADER_PREFIX = Struct("<HH")  # at 16: page size, version word
HEADER_FIRST_POINTER_PAGE = {10: 20, 11: 20, 12: 20, 13: 20, 14: 28}  # u32: of RDB$PAGES
HEADER_FLAGS = {10: 42, 11: 42, 12: 42, 13: 42, 14: 22}
HEADER_TRANSACTIONS = Struct("<III")  # at 28: oldest interesting, oldest active, next
HEADER_SEQUENCE = 40  # u16, up to ODS 13: number of the file in a database of several files, from 0
SINGLE_FILE_VERSIONS = (FIREBIRD_FLAG | 14,)  # version words of headers without that number
HEADER_LONG_TRANSACTIONS = Struct("<QQ")  # next, oldest interesting
HEADER_LONG_TRANSACTIONS_AT = {14: 40}
HEADER_IMPLEMENTATION = 60
HEADER_MINOR = {10: 62, 11: 62, 12: 64, 13: 64, 14: 20}
HEADER_MINOR_ORIGINAL = {10: 64, 11: 64}  # system tables keep the layout of the original minor
HEADER_TRANSACTIONS_HIGH = {12: 124, 13: 120}  # u16 each: next, oldest interesting, oldest active
HEADER_CRYPT_PLUGIN = {12: 88, 13: 84, 14: 116}
HEADER_CLUMPLETS = {10: 96, 11: 96, 12: 132, 13: 128, 14: 148}
# u8 each: backup mode, shutdown mode, replica mode, padding; then the maximum of each
HEADER_MODES = {14: (24, (2, 3, 2, 0))}
HEADER_END = {14: 36}  # u16: the end of the clumplets
# Known minor versions of major versions whose structures another minor version may change
KNOWN_MINORS = {14: (0,)}
# Notes on structures of engines that are not released
UNRELEASED = {14: "the structure of Firebird 6 may still change; checked against build 2123"}
AMD64_CLASS = 24  # value of the implementation field

FLAG_DIALECT_3 = {10: 0x0100, 11: 0x0100, 12: 0x0010, 13: 0x0010, 14: 0x0010}
FLAG_ENCRYPTED = 0x0040  # ODS 12+
FLAG_BACKUP_MASK = 0x0C00  # ODS 11 to 13: locked by nbackup (0x0400) or being merged (0x0800)

CLUMPLET_END = 0
CLUMPLET_NEXT_FILE = {10: 3, 11: 3, 12: 2, 13: 2}
CLUMPLET_LAST_PAGE = {10: 4, 11: 4, 12: 3, 13: 3}
CLUMPLET_DIFFERENCE_FILE = {11: 12, 12: 6, 13: 6, 14: 6}

# ---------------------------------------------------------------- inventory and pointer pages
TIP_NEXT = 16
TIP_BITS = 20
TRANSACTIONS_PER_BYTE = 4  # a count

POINTER_PAGE = Struct("<IIHH")  # at 16: sequence, next, count of slots, relation id
POINTER_SLOTS = 32
LAST_POINTER_PAGE = 1  # page flag
# Bit of a slot whose page is reserved for an insert of many rows that has not ended
SLOT_RESERVED = {14: 0x20}

# ---------------------------------------------------------------- pages of sequences
GENERATOR = Struct("<q")
GENERATOR_VALUES = {10: 32, 11: 32, 12: 24, 13: 24, 14: 24}  # offset of the first value

# ---------------------------------------------------------------- data pages and records
DATA_PAGE = Struct("<IHH")  # at 16: sequence in the relation, relation id, count of slots
DATA_SLOTS = 24
DATA_PAGE_SIZE = 28  # the fixed part of a data page, which includes the first slot
SLOT = Struct("<HH")  # offset (0 = free), length
RECORD_SLOT_OVERHEAD = 17  # 13 bytes of record header and 4 of slot: bounds the slots of a page

# Maximum bytes of a record image: the u16 lengths of fields allow 64 KB; twice that for alignment
MAX_IMAGE = 2 * 65536
MAX_IMAGES = {10: MAX_IMAGE, 11: MAX_IMAGE, 12: MAX_IMAGE, 13: MAX_IMAGE, 14: 1 << 20}

RECORD_HEADER = Struct("<IIHHB")  # rhd: transaction, back page, back slot, flags, format
RECORD_HEADER_SIZE = 13
RECORD_FLAGS = 10  # offset; the flags that tell the kind of an item are in the first byte
TRANSACTION_HIGH = 14  # rhde: u16, ODS 12+
RECORD_HEADER_EXTENDED_SIZE = 16
FRAGMENT_POINTER = Struct("<IH")  # rhdf, at 16: page and slot of the next fragment
FRAGMENT_HEADER_SIZE = 22


class RecordFlag(IntEnum):
    """Bits of a record header. IntEnum, because the operators of IntFlag are slow."""

    DELETED = 1
    CHAIN = 2  # a back version
    FRAGMENT = 4
    INCOMPLETE = 8  # continued by another fragment
    BLOB = 16
    DELTA = 32  # records: the next older version is stored as differences against this one
    STREAM = 32  # blobs: not divided into segments
    LARGE = 64
    DAMAGED = 128
    GC_ACTIVE = 256
    UK_MODIFIED = 512
    LONG_TRANSACTION = 1024  # ODS 12+
    NOT_PACKED = 2048  # ODS 13.1


SECONDARY_ITEM = RecordFlag.BLOB | RecordFlag.CHAIN | RecordFlag.FRAGMENT

# ---------------------------------------------------------------- blobs
BLOB_HEADER = Struct("<IIHH")  # blh: lead page, last sequence, longest segment, flags
BLOB_HEADER_SIZE = 28


class BlobHeaderLayout(NamedTuple):
    """Offsets of the level (u8) and of the length in the header of a blob, and bytes of the
    length."""

    level: int
    length: int
    length_bytes: int


_BLOB_HEADER = BlobHeaderLayout(level=12, length=20, length_bytes=4)
BLOB_HEADERS = {
    10: _BLOB_HEADER,
    11: _BLOB_HEADER,
    12: _BLOB_HEADER,
    13: _BLOB_HEADER,
    14: BlobHeaderLayout(level=27, length=16, length_bytes=8),
}
BLOB_PAGE = Struct("<IIH")  # at 16: lead page, sequence, bytes used
BLOB_PAGE_DATA = 28
BLOB_POINTERS = 1  # page flag: the page holds page numbers

# ---------------------------------------------------------------- system relations
RELATION_PAGES = 0
RELATION_DATABASE = 1
RELATION_FIELDS = 2
RELATION_RELATION_FIELDS = 5
RELATION_RELATIONS = 6
RELATION_FORMATS = 8
RELATION_FIELD_DIMENSIONS = 21
RELATION_GENERATORS = 20
NAMING_RELATIONS = {"RDB$INDICES": 4, "RDB$RELATION_CONSTRAINTS": 22}  # they name tables
SYSTEM_RELATIONS = 64  # ids of system tables are below this; no version has as many


class Dtype(IntEnum):
    """Types of stored fields (dsc.h)."""

    NONE = 0
    TEXT = 1
    CSTRING = 2
    VARYING = 3
    PACKED = 6
    BYTE = 7
    SHORT = 8
    LONG = 9
    QUAD = 10
    REAL = 11
    DOUBLE = 12
    D_FLOAT = 13
    DATE = 14
    TIME = 15
    TIMESTAMP = 16
    BLOB = 17
    ARRAY = 18
    INT64 = 19
    DBKEY = 20
    BOOLEAN = 21
    DEC64 = 22
    DEC128 = 23
    INT128 = 24
    TIME_TZ = 25
    TIMESTAMP_TZ = 26


# RDB$FIELD_TYPE -> dtype
DTYPE_OF_FIELD_TYPE: dict[int, Dtype] = {
    7: Dtype.SHORT,
    8: Dtype.LONG,
    9: Dtype.QUAD,
    10: Dtype.REAL,
    11: Dtype.D_FLOAT,
    12: Dtype.DATE,
    13: Dtype.TIME,
    14: Dtype.TEXT,
    16: Dtype.INT64,
    23: Dtype.BOOLEAN,
    24: Dtype.DEC64,
    25: Dtype.DEC128,
    26: Dtype.INT128,
    27: Dtype.DOUBLE,
    28: Dtype.TIME_TZ,
    29: Dtype.TIMESTAMP_TZ,
    35: Dtype.TIMESTAMP,
    37: Dtype.VARYING,
    40: Dtype.CSTRING,
    261: Dtype.BLOB,
}

# Length in bytes of a stored value by type; text types are absent, as their length varies
DTYPE_LENGTH: dict[int, int] = {
    Dtype.BYTE: 1,
    Dtype.SHORT: 2,
    Dtype.LONG: 4,
    Dtype.QUAD: 8,
    Dtype.REAL: 4,
    Dtype.DOUBLE: 8,
    Dtype.D_FLOAT: 8,
    Dtype.DATE: 4,
    Dtype.TIME: 4,
    Dtype.TIMESTAMP: 8,
    Dtype.BLOB: 8,
    Dtype.ARRAY: 8,
    Dtype.INT64: 8,
    Dtype.BOOLEAN: 1,
    Dtype.DEC64: 8,
    Dtype.DEC128: 16,
    Dtype.INT128: 16,
    Dtype.TIME_TZ: 8,
    Dtype.TIMESTAMP_TZ: 12,
}

TEXT_TYPES = frozenset({Dtype.TEXT, Dtype.CSTRING, Dtype.VARYING})
INTEGER_TYPES = frozenset(
    {Dtype.BYTE, Dtype.SHORT, Dtype.LONG, Dtype.QUAD, Dtype.INT64, Dtype.INT128}
)
FLOAT_TYPES = frozenset({Dtype.REAL, Dtype.DOUBLE, Dtype.D_FLOAT})

DESCRIPTOR = Struct("<BbHhHI")  # dtype, scale, length, sub type, flags, offset
DESCRIPTOR_SIZE = DESCRIPTOR.size
DESCRIPTOR_SIZE_AMD64 = 16  # ODS 10 on 64-bit: the offset is 8 bytes at 8

BLOB_SUBTYPE_TEXT = 1
MAX_DIMENSIONS = 16  # of an array


def records_per_page(page_size: int) -> int:
    """Maximum slots of a data page; record number = data page sequence * this + slot."""
    return (page_size - DATA_PAGE_SIZE) // RECORD_SLOT_OVERHEAD


def data_pages_per_pointer_page(page_size: int, major: int) -> int:
    """Slots of a pointer page, each of 4 bytes and 2 bits; from ODS 12 on each of 5 bytes, and a
    multiple of 8 slots."""
    bits = (page_size - POINTER_SLOTS) * 8
    return bits // 34 if major < 12 else bits // 40 & ~7


def transactions_per_page(page_size: int) -> int:
    return (page_size - TIP_BITS) * TRANSACTIONS_PER_BYTE
