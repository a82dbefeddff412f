"""Rows of system tables: record images to dictionaries of the fields that the reader uses."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from job.firebird import ods
from job.firebird.charsets import OCTETS, decode_name
from job.firebird.damage import DamageLog
from job.firebird.errors import Damage
from job.firebird.formats import Descriptor
from job.firebird.header import Header
from job.firebird.records import Version
from job.firebird.system_tables import USED_FIELDS, SystemLayout, layout_of_length
from job.firebird.text import TextDecoder
from job.firebird.values import value_reader

Row = dict[str, Any]

# More rows than the catalogue of any database has; a bound for memory
_MOST_ROWS = 1_000_000


def system_rows(
    versions: Iterable[Version], layout: SystemLayout, header: Header, log: DamageLog
) -> Iterator[Row]:
    """Rows by field name, without RDB$; what is damaged is logged and left out."""
    readers: dict[int, Callable[[bytes], Row]] = {}
    for count, version in enumerate(versions):
        length = len(version.image)
        try:
            if count == _MOST_ROWS:
                raise Damage(f"a system table of more than {_MOST_ROWS} rows")
            if length not in readers:
                readers[length] = _row_reader(layout, length, header)
            yield readers[length](version.image)
        except Damage as damage:
            log.add(damage)
            if count == _MOST_ROWS:
                return


def _row_reader(layout: SystemLayout, length: int, header: Header) -> Callable[[bytes], Row]:
    """A function from record images of that length to rows; texts are names."""
    layout = layout_of_length(layout, length, header)
    text = TextDecoder(53)
    readers: list[tuple[str, int, Callable[[bytes], Any]]] = []
    for place, (name, one) in enumerate(zip(layout.names, layout.format.descriptors, strict=True)):
        if name not in USED_FIELDS:
            continue
        if one.dtype in ods.TEXT_TYPES:
            readers.append((name, place, _name_reader(one, text)))
        else:
            readers.append((name, place, value_reader(one, text)))

    def read(image: bytes) -> Row:
        return {
            name: None if image[place >> 3] >> (place & 7) & 1 else reader(image)
            for name, place, reader in readers
        }

    return read


def _name_reader(one: Descriptor, text: TextDecoder) -> Callable[[bytes], str]:
    octets = Descriptor(one.dtype, 0, one.length, OCTETS, 0, one.offset)
    raw = value_reader(octets, text)
    return lambda image: decode_name(raw(image))
