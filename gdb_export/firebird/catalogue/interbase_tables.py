"""The system tables of InterBase 7 to 15: those of ODS 10 with longer names and more columns.

Newer versions only append columns. A file may have rows of several lengths; the length of a row
shows which columns it has. Rows in other layouts have a format in RDB$FORMATS.
"""

from collections.abc import Iterable, Iterator, Mapping

from gdb_export.firebird.catalogue.system_tables import (
    SYSTEM_FIELDS,
    CatalogueRow,
    SystemField,
    SystemLayout,
)
from gdb_export.firebird.core import charsets, interbase, ods
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.layout import system_format

# Layouts by the format number and the length of a row
StoredLayouts = Mapping[tuple[int, int], SystemLayout]

_ALIGNMENT = 4
_FIELD_TYPES: dict[str, Descriptor] = {
    "name": Descriptor(Dtype.TEXT, length=67, sub_type=charsets.UNICODE_FSS),
    "char 31": Descriptor(Dtype.TEXT, length=31, sub_type=charsets.UNICODE_FSS),
    "varying 127": Descriptor(Dtype.VARYING, length=127),
    "varying 255": Descriptor(Dtype.VARYING, length=255),
    "short": Descriptor(Dtype.SHORT, length=2),
    "long": Descriptor(Dtype.LONG, length=4),
    "blob": Descriptor(Dtype.BLOB, length=8),
}
APPENDED_FIELDS: dict[int, tuple[SystemField, ...]] = {
    ods.RELATION_RELATION_FIELDS: (
        SystemField("ENCRYPTION_ID", "short", (13, 0)),
        SystemField("DECRYPT_DEFAULT_VALUE", "blob", (13, 0)),
        SystemField("DECRYPT_DEFAULT_SOURCE", "blob", (13, 0)),
        SystemField("FLAGS", "short", (16, 0)),
    ),
    ods.RELATION_RELATIONS: (
        SystemField("RELATION_TYPE", "char 31"),
        SystemField("DATA_BLOCKING_FACTOR", "short", (15, 0)),
        SystemField("BLOB_BLOCKING_FACTOR", "short", (15, 0)),
        # in fact a timestamp, which has 8 bytes like the id of a blob; its value is not used
        SystemField("TRUNCATE_TIMESTAMP", "blob", (16, 1)),
        SystemField("FILESPACE_NAME", "name", (18, 0)),
    ),
}


def interbase_layout(relation: int, header: Header) -> SystemLayout:
    """The longest layout that a table of SYSTEM_FIELDS has in this version; for a version that was
    never checked, the longest of all versions."""
    checked = header.ods in interbase.CHECKED_VERSIONS or header.ods[0] == interbase.MIN_MAJOR
    version = header.ods if checked else (interbase.MAX_MAJOR, 0)
    inherited = [
        field for field in SYSTEM_FIELDS[relation] if field.since <= interbase.LAYOUT_VERSION
    ]
    appended = [field for field in APPENDED_FIELDS.get(relation, ()) if field.since <= version]
    fields = [*inherited, *appended]
    descriptors = [_FIELD_TYPES[field.type_name] for field in fields]
    return SystemLayout(
        tuple(field.name for field in fields), system_format(descriptors, _ALIGNMENT)
    )


def stored_layouts(layout: SystemLayout, formats: Mapping[int, Format]) -> StoredLayouts:
    """The layouts of a table from its formats in RDB$FORMATS; each has the first columns of
    `layout`. A format with another kind of type is damaged and left out."""
    kinds = [_kind_of_type(descriptor) for descriptor in layout.format.descriptors]
    layouts = {}
    for number, stored in formats.items():
        names = layout.names[: len(stored.descriptors)]
        cut = stored._replace(descriptors=stored.descriptors[: len(names)])
        if [_kind_of_type(descriptor) for descriptor in cut.descriptors] == kinds[: len(names)]:
            layouts[number, stored.length] = SystemLayout(names, cut)
    return layouts


def _kind_of_type(descriptor: Descriptor) -> str:
    """The kind of a field's values; code that uses catalogue rows relies on it."""
    if descriptor.dtype in ods.TEXT_TYPES:
        return "text"
    if descriptor.dtype in (Dtype.SHORT, Dtype.LONG, Dtype.INT64) and not descriptor.scale:
        return "integer"
    return "blob" if descriptor.dtype == Dtype.BLOB else "another type"


def with_charset_ids(rows: Iterable[CatalogueRow]) -> Iterator[CatalogueRow]:
    """The rows of RDB$FIELDS with the character set ids of charsets.py."""
    for row in rows:
        charset_id = row["CHARACTER_SET_ID"]
        if charset_id is not None:
            row["CHARACTER_SET_ID"] = interbase.charset_of(charset_id)
        yield row
