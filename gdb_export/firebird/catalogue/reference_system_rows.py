"""The plain twin: rows of a system table's data pages in Python, the judge of the compiled one."""

from collections.abc import Callable
from typing import Any

from gdb_export.firebird.catalogue.system_tables import USED_FIELDS, SystemLayout, layout_of_length
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import OCTETS, WIN1252, decode_name
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.records import Records
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.values import value_reader

# By field name, without RDB$: the fields that the reader uses
Row = dict[str, Any]


class ReferenceSystemRows:
    """Rows of one system table; what is damaged is logged and left out."""

    def __init__(
        self, layout: SystemLayout, header: Header, records: Records, log: DamageLog
    ) -> None:
        self._layout = layout
        self._header = header
        self._records = records
        self._log = log
        self._readers: dict[int, Callable[[bytes], Row]] = {}

    def of_page(self, page: DataPage) -> list[Row]:
        """The rows that a new transaction sees of the page, in slot order."""
        rows = (self._row(page, slot) for slot in range(page.slots))
        return [row for row in rows if row is not None]

    def _row(self, page: DataPage, slot: int) -> Row | None:
        try:
            item = page.item(slot)
            version = None if item is None else self._records.visible(item)
            return None if version is None else self._reader(len(version.image))(version.image)
        except Damage as damage:
            self._log.add(damage.at(page.number, slot))
            return None

    def _reader(self, length: int) -> Callable[[bytes], Row]:
        if length not in self._readers:
            layout = layout_of_length(self._layout, length, self._header)
            missing = USED_FIELDS.intersection(self._layout.names).difference(layout.names)
            self._readers[length] = _row_reader(layout, dict.fromkeys(missing))
        return self._readers[length]


def used_fields(layout: SystemLayout) -> list[tuple[str, int, Descriptor]]:
    """Name, number and descriptor of the fields that the reader uses."""
    fields = enumerate(zip(layout.names, layout.format.descriptors, strict=True))
    return [(name, number, one) for number, (name, one) in fields if name in USED_FIELDS]


def _row_reader(layout: SystemLayout, missing: Row) -> Callable[[bytes], Row]:
    """A function from record images of that layout to rows; texts are names. `missing` are fields
    that shorter records lack."""
    text = TextDecoder(WIN1252)
    readers = [
        (name, number, _name_reader(one, text) if one.dtype in ods.TEXT_TYPES
         else value_reader(one, text))
        for name, number, one in used_fields(layout)
    ]  # fmt: skip

    def read(image: bytes) -> Row:
        return missing | {
            name: None if image[number >> 3] >> (number & 7) & 1 else reader(image)
            for name, number, reader in readers
        }

    return read


def _name_reader(one: Descriptor, text: TextDecoder) -> Callable[[bytes], str]:
    octets = Descriptor(one.dtype, 0, one.length, OCTETS, 0, one.offset)
    raw = value_reader(octets, text)
    return lambda image: decode_name(raw(image))
