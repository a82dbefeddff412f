"""Tables and their columns, as the catalogue or a backup describes them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, Dtype
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor, Format


class TableKind(StrEnum):
    TABLE = "table"
    SYSTEM = "system table"
    TEMPORARY = "global temporary table"
    EXTERNAL = "external table"
    VIEW = "view"
    VIRTUAL = "virtual table"
    FILESPACE = "table in another file"


# RDB$RELATION_TYPE
_TEMPORARY_TYPES = (4, 5)  # ON COMMIT PRESERVE ROWS, ON COMMIT DELETE ROWS
_VIRTUAL_TYPE = 3
# The filespace of InterBase that is the file of the database itself
_OWN_FILESPACES = ("", "PRIMARY")


def table_kind(
    is_view: bool,
    is_external: bool,
    relation_type: int | str | None,
    is_of_package: bool = False,
    filespace: str = "",
) -> TableKind:
    """The kind of a table; `relation_type` is its RDB$RELATION_TYPE, which is a text in InterBase.
    The tables of packages are temporary."""
    if is_view:
        return TableKind.VIEW
    if is_external:
        return TableKind.EXTERNAL
    if filespace not in _OWN_FILESPACES:
        return TableKind.FILESPACE
    if isinstance(relation_type, str):
        return TableKind.TEMPORARY if "TEMPORARY" in relation_type else TableKind.TABLE
    if is_of_package or relation_type in _TEMPORARY_TYPES:
        return TableKind.TEMPORARY
    return TableKind.VIRTUAL if relation_type == _VIRTUAL_TYPE else TableKind.TABLE


class Column(NamedTuple):
    """A column of a table.

    `descriptor` is the declared type; `charset` applies to text and text blobs. `dimensions` are
    the bounds of an array and `element` is the type of its elements; empty and None for other
    types. `computed` is the BLR of a computed column. `default` is the BLR of the value of rows
    that are older than the column (ODS 10 and 11); it is set only if the column is NOT NULL.
    `computed` and `default` are b"" if the file has lost the BLR. `is_domain_lost`: the file has
    lost the row of RDB$FIELDS; the type is that of the current format, if there is one.
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
    element: Descriptor | None = None
    is_domain_lost: bool = False

    def __hash__(self) -> int:
        # cheaper than the hash of all fields, and distinct enough
        return hash((self.name, self.field_id))

    @property
    def is_computed(self) -> bool:
        return self.computed is not None

    @property
    def is_incomplete(self) -> bool:
        """Whether the file has lost a part of the definition."""
        is_expression_lost = b"" in (self.computed, self.default)
        return self.is_domain_lost or is_expression_lost or not self.descriptor.is_present

    @property
    def is_text_blob(self) -> bool:
        return (
            self.descriptor.dtype == Dtype.BLOB
            and self.descriptor.sub_type == BLOB_SUBTYPE_TEXT
            and self.charset != charsets.OCTETS
        )

    def has_charset_of(self, stored: Descriptor) -> bool:
        """Whether the text of a blob with the descriptor `stored` is in the column's character
        set. The engine keeps the bytes of a set that is NONE or OCTETS."""
        sets = stored.scale & 0xFF, self.charset
        if stored.sub_type != BLOB_SUBTYPE_TEXT or not self.is_text_blob:
            return True
        return sets[0] == sets[1] or not charsets.BYTE_CHARSETS.isdisjoint(sets)


class Table(NamedTuple):
    """A table and its columns in the order of SELECT *.

    `relation` is the relation id, `format` the number of the current format. `formats` maps format
    numbers to the ids of the blobs that hold them. `reconstructed_format` replaces the current
    format if the file has lost it. `schema_file` is the name of the other copy of the database that
    the definition was taken from, "" for the file's own. `name` is unique among the tables;
    `qualified_name` has the name, schema and package as separate fields. `filespace` is the
    InterBase filespace that holds the rows.
    """

    name: str
    relation: int
    kind: TableKind
    format: int
    columns: tuple[Column, ...] = ()
    owner: str = ""
    external_file: str = ""
    formats: Mapping[int, bytes] = MappingProxyType({})
    reconstructed_format: Format | None = None
    schema_file: str = ""
    qualified_name: QualifiedName = QualifiedName("")
    filespace: str = ""


def select_order(position: int | None, field_id: int, ods_major: int) -> tuple[bool, int, int]:
    """The sort key of a column in SELECT *.

    Databases that InterBase's GDEF created may have columns without a position: Firebird 2.0 and
    newer sort NULL first, older versions last.
    """
    return (position is None) == (ods_major < 11), position or 0, field_id


_TYPE_NAMES: dict[int, str] = {
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
# Digits of a NUMERIC or DECIMAL whose precision is not in the catalogue
_DEFAULT_PRECISION: dict[int, int] = {
    Dtype.SHORT: 4,
    Dtype.LONG: 9,
    Dtype.INT64: 18,
    Dtype.INT128: 38,
    Dtype.DOUBLE: 15,
}


def firebird_type(column: Column) -> str:
    """The declared type in Firebird's syntax, such as `NUMERIC(15,2)` or `VARCHAR(40)`."""
    dtype, scale, length, sub_type, *_ = column.descriptor
    if dtype in (Dtype.TEXT, Dtype.VARYING, Dtype.CSTRING):
        name = "VARCHAR" if dtype == Dtype.VARYING else "CHAR"
        text_bytes = length - 2 if dtype == Dtype.VARYING else length
        characters = text_bytes // charsets.max_character_bytes(column.charset)
        return f"{name}({characters}){_charset_clause(column)}"
    if dtype == Dtype.BLOB:
        return f"BLOB SUB_TYPE {sub_type}{_charset_clause(column) if column.is_text_blob else ''}"
    if dtype == Dtype.ARRAY:
        bounds = ",".join(f"{low}:{high}" for low, high in column.dimensions)
        return f"ARRAY [{bounds}]"
    if scale < 0 and dtype in _DEFAULT_PRECISION:
        name = "DECIMAL" if sub_type == 2 else "NUMERIC"
        return f"{name}({column.precision or _DEFAULT_PRECISION[dtype]},{-scale})"
    return _TYPE_NAMES.get(dtype, f"type {dtype}")


def _charset_clause(column: Column) -> str:
    charset = charsets.CHARSETS.get(column.charset)
    return f" CHARACTER SET {charset.name}" if charset else ""
