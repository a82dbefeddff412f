"""Layouts of the system tables: record lengths and offsets in real files of each version."""

from typing import Any, get_type_hints

import pytest

from gdb_export.firebird.catalogue.interbase_tables import APPENDED_FIELDS
from gdb_export.firebird.catalogue.stored_system_tables import SystemImages
from gdb_export.firebird.catalogue.system_tables import (
    SYSTEM_FIELDS,
    CatalogueRow,
    derived_layout,
    layouts_by_length,
    system_layout,
)
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.records.formats import Descriptor
from tests.firebird.database_builder import DatabaseBuilder

PAGES, FIELDS, RELATION_FIELDS, RELATIONS, FORMATS = 0, 2, 5, 6, 8
# (version, 64-bit): lengths of RDB$PAGES, FIELDS, RELATION_FIELDS, RELATIONS
LENGTHS = {
    ((10, 1), False): (18, 308, 402, 436),
    ((10, 1), True): (18, 316, 410, 440),
    ((11, 0), False): (18, 316, 410, 440),
    ((11, 1), True): (18, 316, 410, 442),
    ((11, 2), False): (18, 318, 410, 450),
    ((12, 0), True): (18, 380, 444, 450),
    ((13, 0), False): (18, 1262, 2208, 1333),
    ((13, 1), True): (18, 1262, 2208, 1333),
}
OFFSETS = [
    ((10, 1), False, FIELDS, "COMPUTED_BLR", 84),
    ((10, 1), True, FIELDS, "COMPUTED_BLR", 88),
    ((11, 2), False, FIELDS, "FIELD_PRECISION", 316),
    ((13, 0), False, FIELDS, "FIELD_TYPE", 564),
    ((10, 1), False, RELATION_FIELDS, "FIELD_ID", 302),
    ((12, 0), False, RELATION_FIELDS, "FIELD_ID", 306),
    ((13, 1), False, RELATION_FIELDS, "FIELD_POSITION", 1394),
    ((10, 1), False, RELATIONS, "RELATION_NAME", 38),
    ((11, 1), False, RELATIONS, "RELATION_TYPE", 440),
    ((11, 2), False, RELATIONS, "RUNTIME", 368),
    ((13, 0), False, RELATIONS, "RELATION_TYPE", 1330),
]


def header(version: tuple[int, int], is_amd64: bool = False) -> Header:
    return parse_header(DatabaseBuilder(version, 4096, is_amd64).build())


@pytest.mark.parametrize(("version", "is_amd64"), LENGTHS, ids=str)
def test_records_have_the_lengths_of_real_files(version: tuple[int, int], is_amd64: bool) -> None:
    file_header = header(version, is_amd64)
    tables = (PAGES, FIELDS, RELATION_FIELDS, RELATIONS)
    lengths = tuple(system_layout(table, file_header).format.length for table in tables)
    assert lengths == LENGTHS[version, is_amd64]


@pytest.mark.parametrize(("version", "is_amd64", "table", "name", "offset"), OFFSETS)
def test_fields_have_the_offsets_of_real_files(
    version: tuple[int, int], is_amd64: bool, table: int, name: str, offset: int
) -> None:
    layout = system_layout(table, header(version, is_amd64))
    assert layout.format.descriptors[layout.names.index(name)].offset == offset


def test_the_minor_version_that_created_the_file_determines_the_layout() -> None:
    upgraded = header((11, 2))._replace(ods_original=(11, 0))
    assert system_layout(RELATIONS, upgraded).format.length == 440


def test_older_records_may_lack_the_newest_fields() -> None:
    file_header = header((12, 0))
    layout = system_layout(FIELDS, file_header)
    layouts = layouts_by_length(layout, file_header)
    assert layouts[380] == layout
    assert layouts[349].names == layout.names[:-1]
    assert layouts[318].names[-1] == "FIELD_PRECISION"
    assert not {0, 1, 317, 348, 381, 100_000}.intersection(layouts)


def test_exactly_32_fields_take_8_bytes_of_null_bits() -> None:
    fields = [(f"F{number}", Descriptor(Dtype.SHORT, length=2)) for number in range(32)]
    assert derived_layout(fields, header((11, 2))).format.descriptors[0].offset == 8
    assert derived_layout(fields[:31], header((11, 2))).format.descriptors[0].offset == 4


def test_a_system_table_of_too_many_fields_is_damage() -> None:
    fields = [(f"F{number}", Descriptor(Dtype.SHORT, length=2)) for number in range(65)]
    with pytest.raises(Damage, match="a system table of 65 fields"):
        derived_layout(fields, header((11, 2)))


def test_the_layouts_give_the_types_of_catalogue_rows() -> None:
    python_types = {
        "name": str,
        "char 31": str,
        "varying 255": str,
        "short": int,
        "long": int,
        "blob": bytes,
    }
    hints = get_type_hints(CatalogueRow)
    tables = [*SYSTEM_FIELDS.values(), *APPENDED_FIELDS.values()]
    types = {(field.name, field.type_name) for fields in tables for field in fields}
    used: dict[str, Any] = {}
    for name, type_name in types:
        if name in hints:
            used[name] = used.get(name, None) | python_types[type_name]
    assert {name: found | None for name, found in used.items()} == hints
    # fields of two types: a number in Firebird, a text in InterBase
    twice = {"RELATION_TYPE"}
    assert len({pair for pair in types if pair[0] in hints}) == len(hints) + len(twice)


def test_fields_that_a_row_of_an_older_minor_version_lacks_are_null() -> None:
    text, short = Descriptor(Dtype.TEXT, length=3), Descriptor(Dtype.SHORT, length=2)
    fields = [(f"F{index}", text) for index in range(31)] + [("NEW", short)]
    whole = derived_layout(fields, header((13, 1)))
    older = derived_layout(fields[:-1], header((13, 1)))  # with 4 bytes of null bits instead of 8
    assert (older.format.descriptors[0].offset, whole.format.descriptors[0].offset) == (4, 8)
    row = bytes([2, 0, 0, 0]) + bytes(range(31 * 3))
    images = SystemImages(whole.format, header((13, 1)))
    completed = images.completed(row)
    assert len(completed) == whole.format.length
    assert completed[:8] == bytes([2, 0, 0, 0x80, 0, 0, 0, 0])  # F1 and NEW are NULL
    for field_id, descriptor in enumerate(whole.format.descriptors[:31]):
        expected = b"\0" * 3 if field_id == 1 else row[4 + 3 * field_id :][:3]
        assert completed[descriptor.offset : descriptor.end] == expected
    assert images.completed(completed) == completed
    with pytest.raises(Damage, match="the record has 50 bytes"):
        images.completed(row[:50])
