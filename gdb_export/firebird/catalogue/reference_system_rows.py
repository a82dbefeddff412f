"""The reference implementation of system rows, which defines the results of the compiled one."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

from gdb_export.firebird.catalogue.system_tables import USED_FIELDS, SystemLayout, layouts_by_length
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import OCTETS, WIN1252, decode_name
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.records import Records, RecordVersion
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import TypedValue, Value
from gdb_export.firebird.values.values import value_reader

# The wanted fields by name, without RDB$
SystemRow = dict[str, Value]


class ReferenceSystemRows:
    """Reads the rows of one system table; damaged rows are logged and left out.

    `stored_layouts` are those of rows with a format in RDB$FORMATS, by the number of the format and
    the length of the row. `wanted` are the names of the fields to read.
    """

    def __init__(
        self,
        layout: SystemLayout,
        header: Header,
        records: Records,
        log: DamageLog,
        stored_layouts: Mapping[tuple[int, int], SystemLayout] = MappingProxyType({}),
        wanted: frozenset[str] = USED_FIELDS,
    ) -> None:
        self._layout = layout
        self._header = header
        self._records = records
        self._log = log
        self._stored_layouts = stored_layouts
        self._wanted = wanted
        # by format number and length of the image
        self._readers: dict[tuple[int, int], Callable[[bytes], SystemRow]] = {}

    def of_page(self, page: DataPage) -> list[SystemRow]:
        """The rows of the page that a new transaction sees, in slot order."""
        rows = (self._row(page, slot) for slot in range(page.slots))
        return [row for row in rows if row is not None]

    def _row(self, page: DataPage, slot: int) -> SystemRow | None:
        try:
            item = page.item(slot)
            version = None if item is None else self._records.visible(item, page.relation)
            return None if version is None else self._reader(version)(version.image)
        except Damage as damage:
            self._log.add(damage.at(page.number, slot))
            return None

    def _reader(self, version: RecordVersion) -> Callable[[bytes], SystemRow]:
        key = version.format, len(version.image)
        if key not in self._readers:
            layout = self._stored_layouts.get(key) or self._layout_of_length(len(version.image))
            missing = self._wanted.intersection(self._layout.names).difference(layout.names)
            self._readers[key] = _row_reader(layout, self._wanted, dict.fromkeys(missing))
        return self._readers[key]

    def _layout_of_length(self, length: int) -> SystemLayout:
        expected = self._layout.format.length
        if length == expected:
            return self._layout
        if length not in self._layouts_by_length:
            raise Damage(f"a system record of {length} bytes where {expected} are expected")
        return self._layouts_by_length[length]

    @cached_property
    def _layouts_by_length(self) -> dict[int, SystemLayout]:
        # made once: in a damaged database each record may have another length
        return layouts_by_length(self._layout, self._header)


def wanted_fields(
    layout: SystemLayout, wanted: frozenset[str]
) -> list[tuple[str, int, Descriptor]]:
    """Name, field id and descriptor of the wanted fields that the layout has."""
    fields = enumerate(zip(layout.names, layout.format.descriptors, strict=True))
    return [
        (name, field_id, descriptor) for field_id, (name, descriptor) in fields if name in wanted
    ]


def _row_reader(
    layout: SystemLayout, wanted: frozenset[str], missing: SystemRow
) -> Callable[[bytes], SystemRow]:
    """Return a function from record images of that layout to rows.

    Text fields are decoded as names. `missing` has NULL for the fields that shorter records lack.
    """
    text = TextDecoder(WIN1252)
    readers = [
        (name, field_id, _name_reader(descriptor, text) if descriptor.dtype in ods.TEXT_TYPES
         else value_reader(descriptor, text))
        for name, field_id, descriptor in wanted_fields(layout, wanted)
    ]  # fmt: skip

    def read(image: bytes) -> SystemRow:
        return missing | {
            name: None if image[field_id >> 3] >> (field_id & 7) & 1 else reader(image)
            for name, field_id, reader in readers
        }

    return read


def _name_reader(descriptor: Descriptor, text: TextDecoder) -> Callable[[bytes], str]:
    octets = Descriptor(descriptor.dtype, 0, descriptor.length, OCTETS, 0, descriptor.offset)
    read: Callable[[bytes], TypedValue] = value_reader(octets, text)
    return lambda image: decode_name(read(image))
