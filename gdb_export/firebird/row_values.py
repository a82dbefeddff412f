"""Values of a table's columns from record images of any of its formats.

A record keeps the format that it was written with. In an older format a column may have another
type or not exist; a computed column is not stored. The reader of a column covers all these cases.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.computed.blr.nodes import ColumnKey
from gdb_export.firebird.computed.catalogue_names import CatalogueNames
from gdb_export.firebird.computed.computed_values import ComputedColumn, ComputedValues
from gdb_export.firebird.computed.lookup_tables import LookupTables
from gdb_export.firebird.computed.table_expressions import TableExpressions
from gdb_export.firebird.conversions.text_conversions import (
    ODS_COUNTING_CHARACTERS,
    character_length,
)
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.charsets import UNICODE_FSS
from gdb_export.firebird.core.errors import Damage, EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format, FrozenDefault
from gdb_export.firebird.stored_values import StoredValues
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts
from gdb_export.firebird.values.value_types import InlineBlob, TypedValue, Value
from gdb_export.firebird.values.values import Constant, CountText, Read

NULL = Constant(None)

_LAST_FORMAT = 255  # a record stores the number in a byte


class _MissingColumn(NamedTuple):
    """The reader of a column for rows that are older than it, of the formats from `first` to
    `last`."""

    first: int
    last: int
    read: Read


class RowValues:
    """Makes readers of columns.

    `unsupported` maps the names of computed columns that are not evaluated to the reasons; their
    value is NULL. `count_text` receives the counts of suspicious characters in a column's texts.
    Holds no reference cycle, which would keep the database in memory.
    """

    @translate_unexpected
    def __init__(
        self,
        database: DatabaseReader,
        table: Table,
        decoder: TextDecoder,
        count_text: Callable[[Column, TextCounts], None],
        parses_computed: bool = True,
    ) -> None:
        """`parses_computed`: without it, computed columns have no values."""
        self._database = database
        self._table = table
        self._decoder = decoder
        self._count_text = count_text
        self._stored = StoredValues(database, table.name, decoder)
        find_table = LookupTables(database, partial(_reader_factory, database, decoder)).find
        self._expressions = TableExpressions(
            table,
            database.ods,
            decoder,
            find_table,
            database.is_interbase,
            database.budget,
            parses_computed,
            CatalogueNames(database),
        )
        self._computed_values: dict[int, ComputedValues] = {}
        self._missing_columns: dict[int, _MissingColumn] = {}  # by field id
        self.unsupported = self._expressions.unsupported

    @translate_unexpected
    def reader(self, column: Column, format_number: int, layout: Format) -> Read:
        """A function from record images of a format to the column's value in its declared type.

        It raises EvaluationError where the engine would refuse to compute the value, and Damage
        where the field can't be read.
        """
        if column.is_computed:
            return self._computed(column, format_number, layout)
        count_text = partial(self._count_text, column)
        return self._read(column, format_number, layout, count_text)

    def _read(
        self, column: Column, format_number: int, layout: Format, count_text: CountText
    ) -> Read:
        """The reader of a stored column. If the column can't be read in this format, the reader
        raises Damage for each row in which it is not NULL."""
        stored = self._descriptor(layout, column.field_id)
        if stored is None or not stored.is_present:
            return self._missing(column, format_number)
        if not stored.is_stored:
            return NULL
        if stored.encryption:
            error = EvaluationError("it is encrypted, and the key is not in the file")
            return _nullable(_failing(error), column.field_id)
        is_current = format_number == self._table.format
        try:
            read = self._stored.reader(column, stored, count_text, is_current)
        except Damage as damage:
            read = _failing(damage)
        return _nullable(read, column.field_id)

    @staticmethod
    def _descriptor(layout: Format, field_id: int) -> Descriptor | None:
        return layout.descriptors[field_id] if field_id < len(layout.descriptors) else None

    def _missing(self, column: Column, format_number: int) -> Read:
        """The reader of a column for rows that are older than the column."""
        if self._database.ods[0] < 12:
            known = self._missing_columns.get(column.field_id)
            if known is None:
                known = _MissingColumn(0, _LAST_FORMAT, self._constant(self._default, column))
                self._missing_columns[column.field_id] = known
            return known.read
        return self._missing_in(column, format_number).read

    def _missing_in(self, column: Column, format_number: int) -> "_MissingColumn":
        """The reader for rows of a format (ODS 12+).

        The value comes from the first later format with a default of the column. What is found for
        one format holds for those up to that one too, and is kept: so a table with many formats is
        walked about once for each column, and not once for each column and format.
        """
        known = self._missing_columns.get(column.field_id)
        last_format = min(self._table.format, _LAST_FORMAT)
        later = format_number
        while known is None or not known.first <= later <= known.last:
            found = self._added_in(column, later) if later <= last_format else NULL
            if found is not None:
                known = _MissingColumn(format_number, max(later, format_number), found)
                break
            later += 1
        if format_number < known.first:
            known = _MissingColumn(format_number, known.last, known.read)
        self._missing_columns[column.field_id] = known
        return known

    def _added_in(self, column: Column, format_number: int) -> Read | None:
        """The reader of a column for rows older than a format, if that format has the default of
        the column. None if it has not.

        The reader fails if the format is damaged, or lost in a database with a damaged catalogue.
        """
        if format_number not in self._table.formats:
            if self._database.damage.count == 0:
                return None
            reason = f"its value in older rows is lost with format {format_number}"
            return _failing(EvaluationError(reason))
        try:
            layout = self._database.format(self._table, format_number)
        except Damage as damage:
            return _failing(damage)
        frozen = layout.defaults.get(column.field_id)
        return None if frozen is None else self._constant(self._frozen_value, column, frozen)

    @staticmethod
    def _constant(value: Callable[..., Value], *arguments: object) -> Read:
        """A reader of the value that the function returns, or that raises its error."""
        try:
            return Constant(value(*arguments))
        except (EvaluationError, Damage) as error:
            return _failing(error)

    def _frozen_value(self, column: Column, frozen: FrozenDefault) -> Value:
        """The value of a default in a format."""
        stored = Descriptor(
            frozen.descriptor.dtype,
            frozen.descriptor.scale,
            frozen.descriptor.length,
            frozen.descriptor.sub_type,
        )
        if column.descriptor.dtype == Dtype.BLOB:
            return self._stored.blob_default(column, stored, frozen.value)
        # the default is a literal, without padding
        count_text = partial(self._count_text, column)
        read = self._stored.reader(column, stored, count_text, is_padded=False)
        return read(frozen.value)

    def _default(self, column: Column) -> Value:
        """The current default of a NOT NULL column, NULL for others (up to ODS 11)."""
        try:
            value: TypedValue = self._expressions.default(column)
            is_blob = column.descriptor.dtype == Dtype.BLOB
            return InlineBlob(value) if is_blob and value is not None else value
        except (UnsupportedExpression, Damage) as error:
            self.unsupported[column.name] = str(error)
            return None

    def _computed(self, column: Column, format_number: int, layout: Format) -> Read:
        if column.field_id not in self._expressions.expressions:
            return NULL
        if format_number not in self._computed_values:
            values = self._computed_values_of(format_number, layout)
            self._computed_values[format_number] = values
        return partial(self._computed_values[format_number].value, column.field_id)

    def _computed_values_of(self, format_number: int, layout: Format) -> ComputedValues:
        columns: list[ComputedColumn] = []
        keys: set[ColumnKey] = set()
        for field_id, expression in self._expressions.expressions.items():
            declared = self._expressions.column(field_id).descriptor
            columns.append(ComputedColumn(field_id, expression, declared))
            keys |= expression.columns
        operands = {key: self._expressions.column(key) for key in keys}
        return ComputedValues(
            tuple(columns),
            {
                key: self._operand(operand, format_number, layout)
                for key, operand in operands.items()
                if not operand.is_computed
            },
            {key: operand.field_id for key, operand in operands.items() if operand.is_computed},
        )

    def _operand(self, column: Column, format_number: int, layout: Format) -> Read:
        """The reader of a stored column as an operand of expressions.

        A blob is read as its content; a CHAR of UNICODE_FSS is cut to its declared number of
        characters. Undecodable characters are counted only where the column itself is exported.
        """
        read = self._read(column, format_number, layout, lambda counts: None)
        declared = column.descriptor
        is_fss = declared.dtype == Dtype.TEXT and declared.charset_id == UNICODE_FSS
        if is_fss and self._database.ods >= ODS_COUNTING_CHARACTERS:
            length = character_length(declared)
            return lambda image: (
                text[:length] if isinstance(text := read(image), str | bytes) else None
            )
        if declared.dtype != Dtype.BLOB:
            return read
        stored = self._stored
        return lambda image: stored.content(column, read(image))


def _reader_factory(
    database: DatabaseReader, decoder: TextDecoder, table: Table
) -> Callable[[Column, int, Format], Read]:
    """Makes readers of the stored columns of a table that subselects read."""
    values = RowValues(database, table, decoder, lambda column, counts: None, parses_computed=False)
    return values._operand


def _failing(error: EvaluationError | Damage) -> Read:
    """A reader that raises the error for every image."""
    error_type, reason = type(error), str(error)

    def read(image: bytes) -> Value:
        raise error_type(reason)

    return read


def _nullable(read: Read, field_id: int) -> Read:
    """A reader that returns None if the null bit of the field is set."""
    byte, bit = field_id >> 3, 1 << (field_id & 7)
    return lambda image: None if image[byte] & bit else read(image)
