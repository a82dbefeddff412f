"""Tables of a database: columns, estimated rows, and rows as tuples of Python values."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.chunks.converted_rows import ConvertedRows
from gdb_export.chunks.row_images import row_images
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.warning_texts import table_warnings
from gdb_export.firebird.catalogue import columns as catalogue
from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.ods import TEXT_TYPES
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.python_values import PythonValue, PythonValues
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import TypedValue
from gdb_export.library.locations import importing_pyarrow
from gdb_export.options import BadOption

if TYPE_CHECKING:
    from pyarrow import RecordBatchReader


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

    def __init__(
        self,
        source: ChunkSource,
        table: catalogue.Table,
        decoder: TextDecoder,
        definitions: Definitions,
    ) -> None:
        self._opened = source
        self._definitions = definitions
        self._table = table
        self._decoder = decoder
        self._stats: TableStats | None = None

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self.columns)} columns>"

    @property
    def name(self) -> str:
        """The name, with the schema before it if that is not PUBLIC: `SALES.ITEM`."""
        return self._table.name

    @property
    def schema(self) -> str:
        """The schema; "" for databases before Firebird 6, which have none."""
        return self._table.qualified_name.schema

    @property
    def name_in_schema(self) -> str:
        """The name without schema and package."""
        return self._table.qualified_name.object or self._table.name

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
        """Warnings of the last iteration over the rows so far: damage, replaced characters, values
        that are None because they can't be computed."""
        return () if self._stats is None else tuple(table_warnings(self._stats))

    def __iter__(self) -> Iterator[tuple[PythonValue, ...]]:
        return self.rows()

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[tuple[PythonValue, ...]]:
        """Yield the rows in the engine's order, with the given columns or all of them.

        A damaged row is left out, a damaged field is None, and `warnings` names both. Blobs of
        columns that are not selected are not read. Raises BadOption if there is no such column.
        """
        selected = self._selected(columns)
        plan = self._opened.plan(self._table)
        stats = self._stats = TableStats(plan.damage)
        rows = _PythonRows(self._opened, self._table, selected, self._decoder, stats)
        for image in row_images(self._opened, plan, stats.damage):
            yield tuple(rows.row(image))
        stats.unsupported.update(rows.unsupported)

    def arrow(self, columns: Sequence[str] | None = None) -> "RecordBatchReader":
        """The rows as Arrow record batches, with the given columns or all of them.

        Returns a `pyarrow.RecordBatchReader`; batches are made as they are read and hold some
        megabytes each. A column that is not selected costs nothing: no blob is read for it. A
        value that its Arrow type can't hold, as a year beyond 9999, is NULL and named in
        `warnings`. The metadata of the schema and of its fields has types, descriptions and keys.
        Needs pyarrow: raises ArrowExtraMissing without it, and BadOption if there is no such
        column.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     db.tables["T_DOM"].arrow(["ID", "VAL"]).read_all().num_rows
        30
        """
        with importing_pyarrow():
            # imported late: docs/architecture.md
            from gdb_export.arrow.implementation import IMPLEMENTATION
            from gdb_export.arrow.schema_descriptions import DescribedColumns
            from gdb_export.arrow.table_batches import table_reader
        selected = self._selected(columns)
        make_columns = DescribedColumns(self._definitions, IMPLEMENTATION)
        return table_reader(
            self._opened, self._table, selected, self._decoder, self._begin, make_columns
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows by the Arrow PyCapsule interface, which Polars, pandas and DuckDB read.

        >>> import polars, pandas, duckdb
        >>> with gdb_export.open(EXAMPLE) as db:
        ...     t_dom = db.tables["T_DOM"]
        ...     polars.DataFrame(t_dom).shape
        ...     pandas.DataFrame.from_arrow(t_dom).shape
        ...     duckdb.sql("select count(*), min(ID) from t_dom").fetchall()
        (30, 5)
        (30, 5)
        [(30, 0)]
        """
        return self.arrow().__arrow_c_stream__(requested_schema)

    def _begin(self, stats: TableStats) -> None:
        self._stats = stats

    def _selected(self, names: Sequence[str] | None) -> list[catalogue.Column]:
        if names is None:
            return list(self._table.columns)
        by_name = {column.name: column for column in self._table.columns}
        for name in names:
            if name not in by_name:
                raise BadOption(f"the table {self.name} has no column {name!r}", "columns")
        return [by_name[name] for name in names]


class _PythonRows(ConvertedRows[PythonValue]):
    """Rows as Python values."""

    def __init__(
        self,
        source: ChunkSource,
        table: catalogue.Table,
        columns: Sequence[catalogue.Column],
        decoder: TextDecoder,
        stats: TableStats,
    ) -> None:
        super().__init__(source.reader, table, columns, decoder, stats)
        self._python = PythonValues(source.reader, table.name, decoder, self.count_text)

    def converter(self, column: catalogue.Column) -> Callable[[TypedValue], PythonValue]:
        return self._python.converter(column)


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
