"""Tables and their columns, as the catalogue describes them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, Dtype
from gdb_export.firebird.records.formats import Descriptor, Format


class TableKind(StrEnum):
    TABLE = "table"
    TEMPORARY = "global temporary table"
    EXTERNAL = "external table"
    VIEW = "view"
    VIRTUAL = "virtual table"


class Column(NamedTuple):
    """`descriptor` is the declared type; `charset` that of texts and text blobs.

    `dimensions` are the bounds of an array, else empty. `default` is the BLR of what rows get
    that are older than the column (ODS 10 and 11), only where the column is NOT NULL. Of the
    hash the name and the field id are enough.
    """

    name: str
    field_id: int
    descriptor: Descriptor
    charset: int = charsets.NONE
    is_nullable: bool = True
    precision: int = 0
    dimensions: tuple[tuple[int, int], ...] = ()
    computed: bytes | None = None
    default: bytes | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.field_id))

    @property
    def is_computed(self) -> bool:
        return self.computed is not None

    @property
    def is_text_blob(self) -> bool:
        return (
            self.descriptor.dtype == Dtype.BLOB
            and self.descriptor.sub_type == BLOB_SUBTYPE_TEXT
            and self.charset != charsets.OCTETS
        )


class Table(NamedTuple):
    """`format` is the number of the current format; columns are in the order of SELECT *.
    `made_format` stands for the current format where the file has lost it."""

    name: str
    relation: int
    kind: TableKind
    format: int
    columns: tuple[Column, ...] = ()
    owner: str = ""
    external_file: str = ""
    formats: Mapping[int, bytes] = MappingProxyType({})  # number -> blob id of descriptors
    reconstructed_format: Format | None = None


def select_order(position: int | None, field_id: int, ods_major: int) -> tuple[bool, int, int]:
    """The key by which SELECT * orders columns. A database that InterBase's GDEF made may have
    columns without a position: Firebird 2.0 and newer put NULL first, the older ones last."""
    return (position is None) == (ods_major < 11), position or 0, field_id


_NAMES: dict[int, str] = {
    Dtype.SHORT: "SMALLINT",
    Dtype.LONG: "INTEGER",
    Dtype.QUAD: "QUAD",
    Dtype.INT64: "BIGINT",
    Dtype.INT128: "INT128",
    Dtype.REAL: "FLOAT",
    Dtype.DOUBLE: "DOUBLE PRECISION",
    Dtype.D_FLOAT: "DOUBLE PRECISION",
    Dtype.DATE: "DATE",
    Dtype.TIME: "TIME",
    Dtype.TIMESTAMP: "TIMESTAMP",
    Dtype.BOOLEAN: "BOOLEAN",
    Dtype.DEC64: "DECFLOAT(16)",
    Dtype.DEC128: "DECFLOAT(34)",
    Dtype.TIME_TZ: "TIME WITH TIME ZONE",
    Dtype.TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
}
_PRECISIONS: dict[int, int] = {
    Dtype.SHORT: 4,
    Dtype.LONG: 9,
    Dtype.INT64: 18,
    Dtype.INT128: 38,
    Dtype.DOUBLE: 15,
}


def firebird_type(column: Column) -> str:
    """The declared type in Firebird's words, as `NUMERIC(15,2)` or `VARCHAR(40)`."""
    one = column.descriptor
    if one.dtype in (Dtype.TEXT, Dtype.VARYING, Dtype.CSTRING):
        length = one.length - (2 if one.dtype == Dtype.VARYING else 0)
        name = "VARCHAR" if one.dtype == Dtype.VARYING else "CHAR"
        return f"{name}({length // charsets.max_character_bytes(column.charset)}){_charset(column)}"
    if one.dtype == Dtype.BLOB:
        return f"BLOB SUB_TYPE {one.sub_type}{_charset(column) if column.is_text_blob else ''}"
    if one.dtype == Dtype.ARRAY:
        bounds = ",".join(f"{low}:{high}" for low, high in column.dimensions)
        return f"ARRAY [{bounds}]"
    if one.scale < 0 and one.dtype in _PRECISIONS:
        name = "DECIMAL" if one.sub_type == 2 else "NUMERIC"
        return f"{name}({column.precision or _PRECISIONS[one.dtype]},{-one.scale})"
    return _NAMES.get(one.dtype, f"type {one.dtype}")


def _charset(column: Column) -> str:
    charset = charsets.CHARSETS.get(column.charset)
    return f" CHARACTER SET {charset.name}" if charset else ""
