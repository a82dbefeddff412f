"""The Python side of the compiled twin of system rows."""

from gdb_export.firebird.catalogue._system_rows import Kind, RowPicker
from gdb_export.firebird.catalogue.reference_system_rows import (
    ReferenceSystemRows,
    Row,
    used_fields,
)
from gdb_export.firebird.catalogue.system_tables import SystemLayout
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import DTYPE_LENGTH, Dtype
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.records import Records

Pick = tuple[str, int, int, int, int]  # name, kind, offset, length, number of the field

_KINDS: dict[int, Kind] = {
    Dtype.TEXT: Kind.NAME,
    Dtype.VARYING: Kind.VARYING_NAME,
    Dtype.SHORT: Kind.INTEGER,
    Dtype.LONG: Kind.INTEGER,
    Dtype.INT64: Kind.INTEGER,
    Dtype.BLOB: Kind.BYTES,
}


class CompiledSystemRows(ReferenceSystemRows):
    """Rows of one system table: as PlainSystemRows gives them, ordinary ones by the kernel."""

    def __init__(
        self, layout: SystemLayout, header: Header, records: Records, log: DamageLog
    ) -> None:
        super().__init__(layout, header, records, log)
        picks = _picks(layout)
        transactions = records.transactions
        self._page: DataPage
        self._picker = picks and RowPicker(
            self,
            header.ods,
            transactions.committed_below,
            transactions.last,
            layout.format.length,
            picks,
        )

    def of_page(self, page: DataPage) -> list[Row]:
        if not self._picker:
            return super().of_page(page)
        self._page = page
        return self._picker.rows(page.data, page.slots)

    # ------------------------------------------------------------ asked by the picker
    def row(self, slot: int) -> Row | None:
        return self._row(self._page, slot)

    def states(self, transaction: int) -> tuple[int, bytes]:
        return self._records.transactions.inventory_states(transaction)


def _picks(layout: SystemLayout) -> list[Pick]:
    """None at all where a field is of a type that no known system table has there."""
    fields = used_fields(layout)
    if not all(_is_known(one) for _, _, one in fields):
        return []
    return [
        (name, _KINDS[one.dtype], one.offset, one.length, number) for name, number, one in fields
    ]


def _is_known(one: Descriptor) -> bool:
    if one.dtype not in _KINDS or one.scale or not one.is_stored:
        return False
    return one.length == DTYPE_LENGTH.get(one.dtype, max(one.length, 2))
