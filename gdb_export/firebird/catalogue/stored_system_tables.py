"""System tables as tables that can be exported.

Their rows have no format in RDB$FORMATS: the fields are laid out by the engine's rules, in the
order of the field ids. Rows of an older minor version lack the newest fields at the end.
"""

from collections.abc import Iterable

from gdb_export.firebird.catalogue.catalogue_columns import CatalogueColumns, relation_name
from gdb_export.firebird.catalogue.columns import Table, TableKind, table_kind
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.catalogue.system_tables import (
    CatalogueRow,
    SystemLayout,
    derived_layout,
    layouts_by_length,
)
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.records.records import checked_image

# Monitoring and security tables, which the engine fills when they are read
_VIRTUAL_PREFIXES = ("MON$", "SEC$")


def read_system_tables(
    relations: Iterable[CatalogueRow],
    columns: CatalogueColumns,
    user_tables: Iterable[Table],
    header: Header,
    log: DamageLog,
) -> list[Table]:
    """The system tables in name order: stored ones with their columns, virtual and temporary ones
    without. `relations` are the rows of RDB$RELATIONS; a table whose columns are lost is logged and
    left out."""
    taken_names = {table.name for table in user_tables}
    taken_relations = {table.relation for table in user_tables}
    tables: dict[str, Table] = {}
    for row in relations:
        name, relation = relation_name(row), row["RELATION_ID"]
        if not row["SYSTEM_FLAG"] or not name.object or relation is None or relation < 0:
            continue
        if relation in taken_relations:
            continue  # a row of a damaged catalogue
        text = str(name) if name.object in taken_names else name.object
        kind = _kind(row, name)
        try:
            tables[text] = (
                _stored_table(name, text, relation, columns, header)
                if kind is TableKind.TABLE
                else Table(text, relation, kind, 0, qualified_name=name)
            )
        except Damage as damage:
            log.add(Damage(f"the system table {text} is left out: {damage}"))
    return [tables[text] for text in sorted(tables)]


def _kind(row: CatalogueRow, name: QualifiedName) -> TableKind:
    if name.object.startswith(_VIRTUAL_PREFIXES):
        return TableKind.VIRTUAL
    is_view, is_external = has_blob(row["VIEW_BLR"]), bool(row["EXTERNAL_FILE"])
    return table_kind(is_view, is_external, row.get("RELATION_TYPE"))


def _stored_table(
    name: QualifiedName, text: str, relation: int, columns: CatalogueColumns, header: Header
) -> Table:
    layout = derived_layout(columns.complete_system_table(name), header)
    return Table(
        name=text,
        relation=relation,
        kind=TableKind.SYSTEM,
        format=0,
        columns=tuple(columns.of_table(name, text, layout.format)),
        reconstructed_format=layout.format,
        qualified_name=name,
    )


class SystemImages:
    """Record images of one system table, whose format is `whole`."""

    def __init__(self, whole: Format, header: Header) -> None:
        self._whole = whole
        layout = SystemLayout(("",) * len(whole.descriptors), whole)
        self._by_length = layouts_by_length(layout, header)

    def completed(self, image: bytes) -> bytes:
        """The image in the whole format; fields that it lacks are NULL. Raises Damage if its length
        is not that of the table's first fields."""
        shorter = self._by_length.get(len(image))
        if shorter is None or shorter.format == self._whole:
            return checked_image(image, self._whole.length)
        return _with_missing_fields(image, shorter.format, self._whole)


def _with_missing_fields(image: bytes, shorter: Format, whole: Format) -> bytes:
    """The image of a format with the first fields of `whole`, in the format `whole`."""
    completed = bytearray(whole.length)
    for field_id, field in enumerate(whole.descriptors):
        byte, bit = field_id >> 3, 1 << (field_id & 7)
        if field_id >= len(shorter.descriptors) or image[byte] & bit:
            completed[byte] |= bit
            continue
        stored = shorter.descriptors[field_id]
        completed[field.offset : field.end] = image[stored.offset : stored.end]
    return bytes(completed)
