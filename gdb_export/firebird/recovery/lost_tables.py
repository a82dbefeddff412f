"""Restores tables whose rows of RDB$RELATIONS are lost.

Their numbers are still in RDB$FORMATS and their names in RDB$RELATION_FIELDS. A number and a name
are matched if their column types are equal and no other lost table has the same types.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor, Format

# Per column: field id, dtype, length, and scale or character set
Shape = tuple[tuple[int, ...], ...]


def restore_tables(catalogue: Catalogue, numbers: Iterable[int], log: DamageLog) -> None:
    """Add the tables with these numbers to the catalogue if their names can be matched."""
    formats = {number: catalogue.latest_format(number) for number in numbers}
    by_number = {number: _shape_of_format(layout) for number, layout in formats.items() if layout}
    by_name = {name: _shape(fields) for name, fields in catalogue.nameless_columns()}
    for name, number in _matches(by_name, by_number):
        log.add(Damage(f"the table {name} lost its number: by its columns it is {number}"))
        catalogue.add_relation(name, number)


def _matches(
    by_name: Mapping[QualifiedName, Shape], by_number: Mapping[int, Shape]
) -> Iterator[tuple[QualifiedName, int]]:
    """Names and numbers of equal shape, if exactly one name and one number have that shape."""
    name_counts, number_counts = Counter(by_name.values()), Counter(by_number.values())
    numbers = {shape: number for number, shape in by_number.items() if number_counts[shape] == 1}
    for name, shape in by_name.items():
        if name_counts[shape] == 1 and shape in numbers:
            yield name, numbers[shape]


def _shape(fields: Mapping[int, Descriptor]) -> Shape:
    return tuple((field_id, *_type(field)) for field_id, field in sorted(fields.items()))


def _shape_of_format(layout: Format) -> Shape:
    descriptors = enumerate(layout.descriptors)
    return _shape({field_id: field for field_id, field in descriptors if field.is_present})


def _type(field: Descriptor) -> tuple[int, ...]:
    if field.dtype in ods.TEXT_TYPES:
        return field.dtype, field.length, field.charset_id
    return field.dtype, field.length, field.scale if field.dtype in ods.INTEGER_TYPES else 0
