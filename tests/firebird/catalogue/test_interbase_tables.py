"""Tests of the system tables of InterBase: which stored formats give a layout of rows."""

import pytest

from gdb_export.firebird.catalogue.interbase_tables import stored_layouts
from gdb_export.firebird.catalogue.system_tables import SystemLayout
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format

EXPECTED = (
    Descriptor(Dtype.TEXT, length=67, offset=4),
    Descriptor(Dtype.SHORT, length=2, offset=72),
    Descriptor(Dtype.BLOB, length=8, offset=76),
)
LAYOUT = SystemLayout(("FIELD_NAME", "FIELD_LENGTH", "DESCRIPTION"), Format.of(list(EXPECTED)))


def test_a_stored_format_gives_the_layout_of_its_first_columns() -> None:
    wider = Descriptor(Dtype.LONG, length=4, offset=72)
    layouts = stored_layouts(LAYOUT, {3: Format.of([EXPECTED[0], wider])})
    assert {key: layout.names for key, layout in layouts.items()} == {
        (3, 76): ("FIELD_NAME", "FIELD_LENGTH")
    }


@pytest.mark.parametrize(
    "changed",
    [
        Descriptor(Dtype.SHORT, scale=-2, length=2, offset=72),
        Descriptor(Dtype.DOUBLE, length=8, offset=72),
        Descriptor(Dtype.BLOB, length=8, offset=72),
        Descriptor(Dtype.VARYING, length=10, offset=72),
        Descriptor(Dtype.NONE),
    ],
)
def test_a_damaged_format_with_another_kind_of_type_gives_no_layout(changed: Descriptor) -> None:
    """A scale, for example, would make the integers decimals."""
    assert stored_layouts(LAYOUT, {3: Format.of([EXPECTED[0], changed])}) == {}
