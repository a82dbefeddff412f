"""Tables whose rows of RDB$RELATIONS are lost. Their numbers are still in RDB$FORMATS and their
names in RDB$RELATION_FIELDS; a number and a name belong together where the types of all columns
say so, and no other number or name would do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Descriptor, Format

# Of every column by field id: dtype, length, and scale or character set
Shape = tuple[tuple[int, ...], ...]


def restore_tables(catalogue: Catalogue, numbers: Iterable[int], log: DamageLog) -> None:
    """Adds those of the numbered tables to the catalogue whose names are certain."""
    layouts = {number: catalogue.latest_format(number) for number in numbers}
    of_numbers = {number: _shape_of_format(one) for number, one in layouts.items() if one}
    of_names = {name: _shape(fields) for name, fields in catalogue.nameless_columns()}
    for name, number in _certain(of_names, of_numbers):
        log.add(Damage(f"the table {name} lost its number: by its columns it is {number}"))
        catalogue.add_relation(name, number)


def _certain(names: Mapping[str, Shape], numbers: Mapping[int, Shape]) -> Iterator[tuple[str, int]]:
    """Names and numbers of the same shape, where that is the shape of one of each only."""
    times_named, times_numbered = Counter(names.values()), Counter(numbers.values())
    by_shape = {one: number for number, one in numbers.items() if times_numbered[one] == 1}
    for name, one in names.items():
        if times_named[one] == 1 and one in by_shape:
            yield name, by_shape[one]


def _shape(fields: Mapping[int, Descriptor]) -> Shape:
    return tuple((number, *_type(one)) for number, one in sorted(fields.items()))


def _shape_of_format(layout: Format) -> Shape:
    return _shape({at: one for at, one in enumerate(layout.descriptors) if one.is_present})


def _type(one: Descriptor) -> tuple[int, ...]:
    if one.dtype in ods.TEXT_TYPES:
        return one.dtype, one.length, one.charset_id
    return one.dtype, one.length, one.scale if one.dtype in ods.INTEGER_TYPES else 0
