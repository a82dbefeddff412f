"""Layouts of the system tables. No format describes them: they are compiled into the engine.

Null bits for all fields come first, then each field at the next multiple of its alignment. Names
have 31 bytes up to ODS 12 and 252 bytes from ODS 13 on.

Knowledge: relations.h and fields.h of each version.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.layout import system_format

_NAME, _SHORT, _LONG, _BLOB, _BOOLEAN = "name", "short", "long", "blob", "boolean"
_VARYING_127, _VARYING_255 = "varying 127", "varying 255"
_DTYPES = {_SHORT: Dtype.SHORT, _LONG: Dtype.LONG, _BLOB: Dtype.BLOB, _BOOLEAN: Dtype.BOOLEAN}


class SystemField(NamedTuple):
    """A field of a system table; `name` is without RDB$, `since` is the first ODS that has it."""

    name: str
    type_name: str
    since: tuple[int, int] = (8, 0)


def _fields(*lines: str) -> tuple[SystemField, ...]:
    """Parse lines of the form "TYPE: NAME NAME …"."""
    return tuple(
        SystemField(name, type_name)
        for type_name, names in (line.split(": ") for line in lines)
        for name in names.split()
    )


_F = SystemField
SYSTEM_FIELDS: dict[int, tuple[SystemField, ...]] = {
    ods.RELATION_PAGES: (
        _F("PAGE_NUMBER", _LONG),
        _F("RELATION_ID", _SHORT),
        _F("PAGE_SEQUENCE", _LONG),
        _F("PAGE_TYPE", _SHORT),
    ),
    ods.RELATION_FIELDS: (
        *_fields(
            "name: FIELD_NAME QUERY_NAME",
            "blob: VALIDATION_BLR VALIDATION_SOURCE COMPUTED_BLR COMPUTED_SOURCE DEFAULT_VALUE"
            " DEFAULT_SOURCE",
            "short: FIELD_LENGTH FIELD_SCALE FIELD_TYPE FIELD_SUB_TYPE",
            "blob: MISSING_VALUE MISSING_SOURCE DESCRIPTION",
            "short: SYSTEM_FLAG",
            "blob: QUERY_HEADER",
            "short: SEGMENT_LENGTH",
            "varying 127: EDIT_STRING",
            "short: EXTERNAL_LENGTH EXTERNAL_SCALE EXTERNAL_TYPE DIMENSIONS NULL_FLAG"
            " CHARACTER_LENGTH COLLATION_ID CHARACTER_SET_ID",
        ),
        _F("FIELD_PRECISION", _SHORT, (10, 0)),
        _F("SECURITY_CLASS", _NAME, (12, 0)),
        _F("OWNER_NAME", _NAME, (12, 0)),
        _F("SCHEMA_NAME", _NAME, (14, 0)),
    ),
    ods.RELATION_RELATION_FIELDS: (
        *_fields(
            "name: FIELD_NAME RELATION_NAME FIELD_SOURCE QUERY_NAME BASE_FIELD",
            "varying 127: EDIT_STRING",
            "short: FIELD_POSITION",
            "blob: QUERY_HEADER",
            "short: UPDATE_FLAG FIELD_ID VIEW_CONTEXT",
            "blob: DESCRIPTION DEFAULT_VALUE",
            "short: SYSTEM_FLAG",
            "name: SECURITY_CLASS COMPLEX_NAME",
            "short: NULL_FLAG",
            "blob: DEFAULT_SOURCE",
            "short: COLLATION_ID",
        ),
        _F("GENERATOR_NAME", _NAME, (12, 0)),
        _F("IDENTITY_TYPE", _SHORT, (12, 0)),
        _F("SCHEMA_NAME", _NAME, (14, 0)),
        _F("FIELD_SOURCE_SCHEMA_NAME", _NAME, (14, 0)),
        _F("PACKAGE_NAME", _NAME, (14, 0)),
    ),
    ods.RELATION_RELATIONS: (
        *_fields(
            "blob: VIEW_BLR VIEW_SOURCE DESCRIPTION",
            "short: RELATION_ID SYSTEM_FLAG DBKEY_LENGTH FORMAT FIELD_ID",
            "name: RELATION_NAME SECURITY_CLASS",
            "varying 255: EXTERNAL_FILE",
            "blob: RUNTIME EXTERNAL_DESCRIPTION",
            "name: OWNER_NAME DEFAULT_CLASS",
            "short: FLAGS",
        ),
        _F("RELATION_TYPE", _SHORT, (11, 1)),
        _F("SQL_SECURITY", _BOOLEAN, (13, 0)),
        _F("SCHEMA_NAME", _NAME, (14, 0)),
        _F("PACKAGE_NAME", _NAME, (14, 0)),
        _F("PRIVATE_FLAG", _SHORT, (14, 0)),
    ),
    ods.RELATION_FORMATS: (
        _F("RELATION_ID", _SHORT),
        _F("FORMAT", _SHORT),
        _F("DESCRIPTOR", _BLOB),
    ),
}


class CatalogueRow(TypedDict, total=False):
    """A row of one of the tables in SYSTEM_FIELDS: the fields that the reader uses.

    Values are ids of blobs where the type is bytes. A row contains the fields of its own table that
    exist in the file's ODS.
    """

    # RDB$PAGES
    PAGE_NUMBER: int | None
    RELATION_ID: int | None
    PAGE_SEQUENCE: int | None
    PAGE_TYPE: int | None
    # RDB$FIELDS
    FIELD_NAME: str | None
    COMPUTED_BLR: bytes | None
    DEFAULT_VALUE: bytes | None
    FIELD_LENGTH: int | None
    FIELD_SCALE: int | None
    FIELD_TYPE: int | None
    FIELD_SUB_TYPE: int | None
    DIMENSIONS: int | None
    NULL_FLAG: int | None
    COLLATION_ID: int | None
    CHARACTER_SET_ID: int | None
    FIELD_PRECISION: int | None
    # RDB$FIELDS, RDB$RELATION_FIELDS and RDB$RELATIONS
    SCHEMA_NAME: str | None
    # RDB$RELATION_FIELDS and RDB$RELATIONS
    PACKAGE_NAME: str | None
    # RDB$RELATION_FIELDS
    FIELD_SOURCE_SCHEMA_NAME: str | None
    RELATION_NAME: str | None
    FIELD_SOURCE: str | None
    BASE_FIELD: str | None
    FIELD_POSITION: int | None
    FIELD_ID: int | None
    # RDB$RELATIONS
    VIEW_BLR: bytes | None
    SYSTEM_FLAG: int | None
    FORMAT: int | None
    EXTERNAL_FILE: str | None
    OWNER_NAME: str | None
    DATA_BLOCKING_FACTOR: int | None
    BLOB_BLOCKING_FACTOR: int | None
    FILESPACE_NAME: str | None
    # RDB$RELATION_FIELDS of InterBase
    ENCRYPTION_ID: int | None
    RELATION_TYPE: int | str | None  # a text in InterBase
    # RDB$FORMATS
    DESCRIPTOR: bytes | None


# The fields that the reader uses: of the tables above, of RDB$FIELD_DIMENSIONS, RDB$DATABASE and
# RDB$GENERATORS
USED_FIELDS = frozenset(
    (
        *CatalogueRow.__annotations__,
        *("DIMENSION", "LOWER_BOUND", "UPPER_BOUND", "CHARACTER_SET_NAME", "GENERATOR_NAME"),
    )
)
_MAX_FIELDS = 64  # more than any system table has; limits damaged catalogues


class SystemLayout(NamedTuple):
    """The layout of a system table: its field names without RDB$, and its format."""

    names: tuple[str, ...]
    format: Format

    def cut(self, count: int, alignment: int) -> "SystemLayout":
        """The layout of the first `count` fields, as an older minor version wrote it."""
        kept = list(self.format.descriptors[:count])
        return SystemLayout(self.names[:count], system_format(kept, alignment))


def field_alignment(header: Header) -> int:
    """The largest alignment of a field: 4 bytes in ODS 10 of a 32-bit machine, else 8."""
    return 8 if header.layout_major >= 11 or header.is_amd64 else 4


def system_layout(relation: int, header: Header) -> SystemLayout:
    """The layout of one of the tables in SYSTEM_FIELDS."""
    version = header.ods_original
    fields = [field for field in SYSTEM_FIELDS[relation] if field.since <= version]
    descriptors = [_descriptor(field.type_name, version) for field in fields]
    names = tuple(field.name for field in fields)
    return SystemLayout(names, system_format(descriptors, field_alignment(header)))


def derived_layout(fields: Sequence[tuple[str, Descriptor]], header: Header) -> SystemLayout:
    """The layout of a system table with these names and types, in the order of the field ids."""
    if len(fields) > _MAX_FIELDS:
        raise Damage(f"a system table of {len(fields)} fields")
    alignment = field_alignment(header)
    descriptors = [descriptor for _, descriptor in fields]
    names = tuple(name for name, _ in fields)
    return SystemLayout(names, system_format(descriptors, alignment))


def layouts_by_length(layout: SystemLayout, header: Header) -> dict[int, SystemLayout]:
    """The layouts of a system table by the length of the record: the whole one, and those of older
    minor versions, which lack newer fields at the end."""
    alignment = field_alignment(header)
    layouts = {layout.format.length: layout}
    for count in range(len(layout.names) - 1, 0, -1):
        shorter = layout.cut(count, alignment)
        layouts.setdefault(shorter.format.length, shorter)
    return layouts


def _descriptor(type_name: str, version: tuple[int, int]) -> Descriptor:
    if type_name == _NAME:
        return Descriptor(Dtype.TEXT, length=252 if version >= (13, 0) else 31, sub_type=3)
    if type_name in (_VARYING_127, _VARYING_255):
        # up to ODS 11.1 the declared length includes the two length bytes
        length = int(type_name.split()[1]) + (2 if version >= (11, 2) else 0)
        return Descriptor(Dtype.VARYING, length=length)
    dtype = _DTYPES[type_name]
    return Descriptor(dtype, length=ods.DTYPE_LENGTH[dtype])
