"""Values of a table's columns from record images of any of its formats.

A record keeps the format that it was written with. In an older format a column may have another
type or not exist; a computed column is not stored. The reader of a column covers all these cases.
"""

from collections.abc import Callable
from functools import partial

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
        try:
            value = self._value_when_added(column, format_number)
        except (EvaluationError, Damage) as error:
            return _failing(error)
        return Constant(value)

    def _value_when_added(self, column: Column, format_number: int) -> Value:
        if self._database.ods[0] < 12:
            return self._default(column)
        frozen = self._frozen_default(column.field_id, format_number)
        if frozen is None:
            return None
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

    def _frozen_default(self, field_id: int, format_number: int) -> FrozenDefault | None:
        """The default in the format that added the column (ODS 12+).

        Raises EvaluationError if the catalogue is damaged and that format may be lost.
        """
        is_damaged = self._database.damage.count > 0
        for later in range(format_number, min(self._table.format, _LAST_FORMAT) + 1):
            if later in self._table.formats:
                frozen = self._database.format(self._table, later).defaults.get(field_id)
                if frozen is not None:
                    return frozen
            elif is_damaged:
                raise EvaluationError(f"its value in older rows is lost with format {later}")
        return None

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
