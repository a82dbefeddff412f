"""Tables of a database: columns, estimated rows, and rows as tuples of Python values."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.catalogue import columns as catalogue
from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.ods import TEXT_TYPES
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.library.python_values import PythonValue, PythonValues
from gdb_export.library.row_images import RowImage, row_images
from gdb_export.options import BadOption

if TYPE_CHECKING:
    from gdb_export.firebird.values.value_types import Value

_Read = Callable[[bytes], PythonValue]


class Column(NamedTuple):
    """A column. `type` is the declared type in Firebird's words, as `NUMERIC(15,2)`; `charset` is
    the declared character set of a text, None for other types."""

    name: str
    type: str
    charset: str | None
    is_nullable: bool
    is_computed: bool


class Table:
    """One table. Iterate over it for its rows:

    >>> with gdb_export.open(EXAMPLE) as db:
    ...     table = db.tables["T_DOM"]
    ...     [column.name for column in table.columns]
    ...     next(iter(table))
    ['ID', 'COD', 'VAL', 'TXT', 'N']
    (0, 'SP', Decimal('0.00'), 'padrao', 42)
    """

    def __init__(self, opened: ChunkSource, table: catalogue.Table, decoder: TextDecoder) -> None:
        self._opened = opened
        self._table = table
        self._decoder = decoder
        self._stats: TableStats | None = None

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self.columns)} columns>"

    @property
    def name(self) -> str:
        return self._table.name

    @property
    def kind(self) -> str:
        """`table` or `global temporary table`; the rows of the latter are not in the file."""
        return str(self._table.kind)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of SELECT *, which is that of the values in a row."""
        return tuple(_column(column) for column in self._table.columns)

    @property
    def estimated_rows(self) -> int:
        """The number of rows, estimated from a few pages; exact for a backup."""
        return self._opened.plan(self._table).estimated_rows()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the last iteration over the rows met so far: damage, replaced characters, values
        that are None because they can't be computed."""
        return () if self._stats is None else tuple(table_warnings(self._stats))

    def __iter__(self) -> Iterator[tuple[PythonValue, ...]]:
        return self.rows()

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[tuple[PythonValue, ...]]:
        """Yield the rows in the engine's order, with the given columns or all of them.

        A damaged row is left out and named in `warnings`. Blobs of columns that are not selected
        are not read. Raises BadOption if there is no such column.
        """
        selected = self._selected(columns)
        plan = self._opened.plan(self._table)
        stats = self._stats = TableStats(plan.damage)
        rows = _TableRows(self._opened, self._table, selected, self._decoder, stats)
        for image in row_images(self._opened, plan, stats.damage):
            row = rows.row(image)
            if row is not None:
                yield row
        stats.unsupported.update(rows.unsupported)

    def _selected(self, names: Sequence[str] | None) -> list[catalogue.Column]:
        if names is None:
            return list(self._table.columns)
        by_name = {column.name: column for column in self._table.columns}
        for name in names:
            if name not in by_name:
                raise BadOption(f"the table {self.name} has no column {name!r}", "columns")
        return [by_name[name] for name in names]


class _TableRows:
    """Converts record images to tuples and counts into `stats`."""

    def __init__(
        self,
        opened: ChunkSource,
        table: catalogue.Table,
        columns: Sequence[catalogue.Column],
        decoder: TextDecoder,
        stats: TableStats,
    ) -> None:
        # imported late: docs/architecture.md
        from gdb_export.firebird.row_values import RowValues

        self._columns = columns
        self._stats = stats
        reader = opened.reader
        self._values = RowValues(reader, table, decoder, self._count_replaced)
        self._python = PythonValues(reader, decoder, self._count_replaced)
        self._readers: dict[int, list[_Read]] = {}

    @property
    def unsupported(self) -> dict[str, str]:
        names = {column.name for column in self._columns}
        return {name: why for name, why in self._values.unsupported.items() if name in names}

    def row(self, image: RowImage) -> tuple[PythonValue, ...] | None:
        """The row of an image; None if it is damaged, which is logged."""
        try:
            readers = self._readers.get(image.format_number)
            if readers is None:
                readers = self._of_format(image.format_number, image.format)
            row = tuple([read(image.data) for read in readers])
        except Damage as damage:
            self._stats.damage.add(image.located(damage))
            return None
        self._stats.rows += 1
        return row

    def _of_format(self, number: int, layout: Format) -> list[_Read]:
        readers = [self._reader(column, number, layout) for column in self._columns]
        self._readers = (
            {**self._readers, number: readers} if len(self._readers) < 16 else {number: readers}
        )
        return readers

    def _reader(self, column: catalogue.Column, number: int, layout: Format) -> _Read:
        read = self._values.reader(column, number, layout)
        convert = self._python.converter(column)

        def value_of(data: bytes) -> PythonValue:
            try:
                value: Value = read(data)
                return None if value is None else convert(value)
            except EvaluationError as error:
                self._stats.fail(column.name, str(error))
                return None

        return value_of

    def _count_replaced(self, column: catalogue.Column, count: int) -> None:
        self._stats.count_replaced(column.name, count)


def _column(column: catalogue.Column) -> Column:
    charset = charsets.CHARSETS.get(column.charset)
    is_text = column.descriptor.dtype in TEXT_TYPES or column.is_text_blob
    return Column(
        column.name,
        catalogue.firebird_type(column),
        charset.name if charset and is_text else None,
        column.is_nullable,
        column.is_computed,
    )
