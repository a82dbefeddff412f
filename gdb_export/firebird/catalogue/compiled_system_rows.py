"""The compiled implementation of system rows: the Python side of its kernel."""

from collections.abc import Mapping
from types import MappingProxyType

from gdb_export.firebird.catalogue._system_rows import FieldType, RowPicker
from gdb_export.firebird.catalogue.reference_system_rows import (
    ReferenceSystemRows,
    SystemRow,
    wanted_fields,
)
from gdb_export.firebird.catalogue.system_tables import USED_FIELDS, SystemLayout
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import DTYPE_LENGTH, Dtype
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.records import Records

Pick = tuple[str, int, int, int, int]  # name, FieldType, offset, length, field id

_FIELD_TYPES: dict[int, FieldType] = {
    Dtype.TEXT: FieldType.NAME,
    Dtype.VARYING: FieldType.VARYING_NAME,
    Dtype.SHORT: FieldType.INTEGER,
    Dtype.LONG: FieldType.INTEGER,
    Dtype.INT64: FieldType.INTEGER,
    Dtype.BLOB: FieldType.BYTES,
}


class CompiledSystemRows(ReferenceSystemRows):
    """Gives the same rows as ReferenceSystemRows; the kernel reads the ordinary ones."""

    def __init__(
        self,
        layout: SystemLayout,
        header: Header,
        records: Records,
        log: DamageLog,
        stored_layouts: Mapping[tuple[int, int], SystemLayout] = MappingProxyType({}),
        wanted: frozenset[str] = USED_FIELDS,
    ) -> None:
        super().__init__(layout, header, records, log, stored_layouts, wanted)
        # the kernel tells layouts apart only by their length: it needs one layout per length
        picks = _picks(layout, wanted)
        for (_, length), stored in stored_layouts.items():
            if length == layout.format.length and _picks(stored, wanted) != picks:
                picks = []
        transactions = records.transactions
        self._inventory_states = transactions.inventory_states
        self._picker = picks and RowPicker(
            header.layout_version,
            transactions.committed_below,
            transactions.last,
            layout.format.length,
            picks,
        )

    def of_page(self, page: DataPage) -> list[SystemRow]:
        if not self._picker:
            return super().of_page(page)
        return self._picker.rows(
            page.data, page.slots, lambda slot: self._row(page, slot), self._inventory_states
        )


def _picks(layout: SystemLayout, wanted: frozenset[str]) -> list[Pick]:
    """The fields that the kernel reads; empty if it does not support the type of each of them."""
    fields = wanted_fields(layout, wanted)
    if not all(_is_supported(descriptor) for _, _, descriptor in fields):
        return []
    return [
        (
            name,
            _FIELD_TYPES[descriptor.dtype],
            descriptor.offset,
            descriptor.length,
            field_id,
        )
        for name, field_id, descriptor in fields
    ]


def _is_supported(descriptor: Descriptor) -> bool:
    dtype, length = descriptor.dtype, descriptor.length
    if dtype not in _FIELD_TYPES or descriptor.scale or not descriptor.is_stored:
        return False
    return length == DTYPE_LENGTH.get(dtype, max(length, 2))
