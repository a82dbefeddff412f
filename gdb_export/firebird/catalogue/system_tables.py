"""Layouts of the system tables that no format describes: they are compiled into the engine.

Rules (relations.h and fields.h of each version): null bits for the count of fields, each field
at the next multiple of its alignment, identifiers 31 bytes up to ODS 12 and 252 from 13 on.
A field that came later bears the ODS that brought it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.layout import system_format

_NAME, _SHORT, _LONG, _BLOB, _BOOLEAN = "name", "short", "long", "blob", "boolean"
_VARYING_127, _VARYING_255 = "varying 127", "varying 255"


class SystemField(NamedTuple):
    name: str
    kind: str
    since: tuple[int, int] = (8, 0)


def _fields(*texts: str) -> tuple[SystemField, ...]:
    """From lines "KIND NAME NAME …"."""
    return tuple(
        SystemField(name, kind)
        for kind, names in (text.split(": ") for text in texts)
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
    ),
    ods.RELATION_FORMATS: (
        _F("RELATION_ID", _SHORT),
        _F("FORMAT", _SHORT),
        _F("DESCRIPTOR", _BLOB),
    ),
}


# What the reader asks for, of these and of the tables that are laid out by the catalogue
USED_FIELDS = frozenset(
    (
        "PAGE_NUMBER RELATION_ID PAGE_SEQUENCE PAGE_TYPE"
        " FIELD_NAME COMPUTED_BLR DEFAULT_VALUE FIELD_LENGTH FIELD_SCALE FIELD_TYPE FIELD_SUB_TYPE"
        " DIMENSIONS NULL_FLAG COLLATION_ID CHARACTER_SET_ID FIELD_PRECISION"
        " RELATION_NAME FIELD_SOURCE BASE_FIELD FIELD_POSITION FIELD_ID"
        " VIEW_BLR SYSTEM_FLAG FORMAT EXTERNAL_FILE OWNER_NAME RELATION_TYPE DESCRIPTOR"
        " DIMENSION LOWER_BOUND UPPER_BOUND CHARACTER_SET_NAME"
    ).split()
)
_MAX_FIELDS = 64  # of a system table; no version has half as many


class SystemLayout(NamedTuple):
    """Field names and where they lie in a record image."""

    names: tuple[str, ...]
    format: Format

    def cut(self, count: int, alignment: int) -> "SystemLayout":
        """The same table with only its first `count` fields, as an older minor wrote it."""
        kept = list(self.format.descriptors[:count])
        return SystemLayout(self.names[:count], system_format(kept, alignment))


def field_alignment(header: Header) -> int:
    """The most that a field is aligned to: 4 bytes in ODS 10 of a 32-bit machine, else 8."""
    return 8 if header.layout_major >= 11 or header.is_amd64 else 4


def system_layout(relation: int, header: Header) -> SystemLayout:
    """The layout of one of the five tables that the catalogue is read from."""
    version = header.ods_original
    fields = [field for field in SYSTEM_FIELDS[relation] if field.since <= version]
    descriptors = [_descriptor(field.kind, version) for field in fields]
    names = tuple(field.name for field in fields)
    return SystemLayout(names, system_format(descriptors, field_alignment(header)))


def derived_layout(fields: Sequence[tuple[str, Descriptor]], header: Header) -> SystemLayout:
    """The layout of a system table with these fields, by name, in the order of their ids."""
    if len(fields) > _MAX_FIELDS:
        raise Damage(f"a system table of {len(fields)} fields")
    alignment = field_alignment(header)
    descriptors = [descriptor for _, descriptor in fields]
    names = tuple(name for name, _ in fields)
    return SystemLayout(names, system_format(descriptors, alignment))


def layout_of_length(layout: SystemLayout, length: int, header: Header) -> SystemLayout:
    """The layout with that record length, where newer fields at its end may be missing."""
    if layout.format.length == length:
        return layout
    alignment = field_alignment(header)
    for count in range(len(layout.names) - 1, 0, -1):
        shorter = layout.cut(count, alignment)
        if shorter.format.length == length:
            return shorter
        if shorter.format.length < length:
            break
    raise Damage(f"a system record of {length} bytes where {layout.format.length} are expected")


def _descriptor(kind: str, version: tuple[int, int]) -> Descriptor:
    if kind == _NAME:
        return Descriptor(Dtype.TEXT, length=252 if version >= (13, 0) else 31, sub_type=3)
    if kind in (_VARYING_127, _VARYING_255):
        # up to ODS 11.1 the two length bytes are part of the declared length
        length = int(kind.split()[1]) + (2 if version >= (11, 2) else 0)
        return Descriptor(Dtype.VARYING, length=length)
    dtype = {_SHORT: Dtype.SHORT, _LONG: Dtype.LONG, _BLOB: Dtype.BLOB, _BOOLEAN: Dtype.BOOLEAN}
    return Descriptor(dtype[kind], length=ods.DTYPE_LENGTH[dtype[kind]])
