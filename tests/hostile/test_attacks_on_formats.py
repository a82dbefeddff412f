"""Tables with many formats: work and memory are linear in the formats that the file stores."""

from collections.abc import Iterable
from functools import partial
from struct import pack

import pytest

from gdb_export.csv_rows.kernel_cells import KernelCells
from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format, FrozenDefault
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.values import Constant
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation, require_kernel
from tests.csv_rows.whole_export import exported_zip
from tests.data.databases import database_bytes

FORMATS = 120
LONG = Descriptor(Dtype.LONG, 0, 4)
WIN1252 = 53


class CountedFormats:
    """A database of one table, to which each format adds a column; every third has a default."""

    ods, is_interbase, tables = (13, 1), False, ()

    def __init__(self) -> None:
        self.calls = 0
        self.damage = DamageLog()
        self.budget = EvaluationBudget(0)
        columns = tuple(Column(f"C{index}", index, LONG) for index in range(FORMATS))
        self.table = Table("T", 128, TableKind.TABLE, FORMATS, columns, "", "", {})
        self.layouts: dict[int, Format] = {}
        for number in range(1, FORMATS + 1):
            fields = [LONG._replace(offset=16 + 4 * index) for index in range(number)]
            added = number - 1
            defaults = {} if added % 3 else {added: FrozenDefault(LONG, pack("<i", added))}
            self.layouts[number] = Format.of(fields, defaults)
            self.table.formats[number] = b""

    def format(self, table: Table, number: int) -> Format:
        self.calls += 1
        return self.layouts[number]


@pytest.mark.parametrize("order", [range(1, FORMATS + 1), range(FORMATS, 0, -1)])
def test_the_defaults_of_a_column_are_looked_up_once_in_each_format(order: Iterable[int]) -> None:
    database = CountedFormats()
    values = RowValues(database, database.table, TextDecoder(WIN1252), lambda column, counts: None)  # type: ignore[arg-type]
    for number in order:
        for column in database.table.columns[number:]:
            read = values.reader(column, number, database.layouts[number])
            assert isinstance(read, Constant)
            assert read.value == (None if column.field_id % 3 else column.field_id)
    assert database.calls <= FORMATS * FORMATS


def test_a_cell_that_formats_have_in_common_is_compiled_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_kernel()
    database = CountedFormats()
    compiled: list[Column] = []
    compile_cell = KernelCells._cell

    def counted(self: KernelCells, column: Column, stored: Descriptor) -> list[int] | None:
        compiled.append(column)
        return compile_cell(self, column, stored)

    monkeypatch.setattr(KernelCells, "_cell", counted)
    cells = KernelCells(database.table, TextDecoder(WIN1252), bytes.hex, has_blobs=True)
    for layout in database.layouts.values():
        cells.compile(layout, lambda column: Constant(None))
    assert len(compiled) == FORMATS


def test_formats_that_the_kernel_has_forgotten_are_loaded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cells of all formats of a table take memory up to a limit; here it is that of one."""
    require_kernel()
    from gdb_export.csv_rows import compiled

    monkeypatch.setattr(compiled, "Kernel", partial(compiled.Kernel, max_cells=1))
    for name in ("fb15/evolve", "fb30/evolve"):
        data = database_bytes(name)
        expected = exported_zip(data, implementation(REFERENCE))
        assert exported_zip(data, implementation(COMPILED)) == expected
