"""Values of a table's columns from record images of any of its formats.

A record keeps the format that it was written with. A column may have another type there, may not
exist there yet, or is computed and stored nowhere: the reader of a column hides all of that.
"""

from collections.abc import Callable

from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupTable
from gdb_export.firebird.computed.computed_values import ComputedColumn, ComputedValues
from gdb_export.firebird.computed.lookup_tables import lookup_table
from gdb_export.firebird.computed.table_expressions import TableExpressions
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.conversions.text_conversions import (
    ODS_COUNTING_CHARACTERS,
    character_length,
    with_all_blanks,
)
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.charsets import BYTE_CHARSETS, OCTETS, UNICODE_FSS
from gdb_export.firebird.core.errors import Damage, EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor, Format, FrozenDefault
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import InlineBlob, Value
from gdb_export.firebird.values.values import Constant, CountReplaced, Read, value_reader

NULL = Constant(None)

_LAST_FORMAT = 255  # a record has a byte for the number


class RowValues:
    """Makes readers of columns. `unsupported` names computed columns that are not evaluated,
    with the reason; their value is NULL."""

    @translate_unexpected
    def __init__(
        self,
        contents: DatabaseReader,
        table: Table,
        text: TextDecoder,
        count_replaced: Callable[[Column, int], None],
    ) -> None:
        self._contents = contents
        self._table = table
        self._text = text
        self._count_replaced = count_replaced
        self._expressions = TableExpressions(table, contents.ods, text, self._other_table)
        self._computed_values: dict[int, ComputedValues] = {}
        self.unsupported = self._expressions.unsupported

    @translate_unexpected
    def reader(self, column: Column, number: int, layout: Format) -> Read:
        """A function from images of format `number` to the column's value, as it is declared.

        It raises EvaluationError where the engine would refuse to compute the value.
        """
        if column.is_computed:
            return self._computed(column, number, layout)
        return self._read(column, number, layout, lambda n: self._count_replaced(column, n))

    def _read(
        self, column: Column, number: int, layout: Format, count_replaced: CountReplaced
    ) -> Read:
        stored = self._descriptor(layout, column.field_id)
        if stored is None or not stored.is_present:
            return self._missing(column, number)
        if not stored.is_stored:
            return NULL
        return _nullable(self._stored(column, stored, count_replaced), column.field_id)

    @staticmethod
    def _descriptor(layout: Format, field_id: int) -> Descriptor | None:
        return layout.descriptors[field_id] if field_id < len(layout.descriptors) else None

    def _stored(
        self,
        column: Column,
        stored: Descriptor,
        count_replaced: CountReplaced,
        is_padded: bool = True,
    ) -> Read:
        declared = column.descriptor
        named = _with_charset_of(stored, declared)
        read = value_reader(named, self._text, count_replaced, is_padded and named is stored)
        is_blob = stored.dtype in (Dtype.BLOB, Dtype.ARRAY)
        if is_blob and declared.dtype not in (Dtype.BLOB, Dtype.ARRAY):
            # the engine lets no column become of another type then
            raise Damage(f"{column.name} is a blob in its format, which became of no other type")
        if is_blob or stored.same_type(declared):
            return read
        version = self._contents.ods
        if stored.dtype in TEXT_TYPES and declared.dtype in TEXT_TYPES:
            return lambda image: _longer_or_shorter(read(image), stored, declared, version)
        return lambda image: convert(read(image), stored, declared, version)

    def _missing(self, column: Column, number: int) -> Read:
        """The value of a column for rows that are older than it."""
        try:
            value = self._value_when_added(column, number)
        except EvaluationError as error:
            return _failing(error)
        return Constant(value)

    def _value_when_added(self, column: Column, number: int) -> Value:
        if self._contents.ods[0] < 12:
            return self._default(column)
        frozen = self._frozen_default(column.field_id, number)
        if frozen is None:
            return None
        stored = Descriptor(
            frozen.descriptor.dtype,
            frozen.descriptor.scale,
            frozen.descriptor.length,
            frozen.descriptor.sub_type,
        )
        if column.descriptor.dtype == Dtype.BLOB:
            return self._blob_default(column, stored, frozen.value)
        # A literal has the bytes of its characters, no more
        read = self._stored(
            column, stored, lambda n: self._count_replaced(column, n), is_padded=False
        )
        return read(frozen.value)

    def _blob_default(self, column: Column, stored: Descriptor, value: bytes) -> InlineBlob:
        """What the engine makes a blob of: the text of the default, its bytes if it is binary."""
        charset = column.charset if column.is_text_blob else OCTETS
        if stored.dtype in TEXT_TYPES and OCTETS in (charset, stored.charset_id):
            stored = stored._replace(sub_type=charset)
        bare = _with_charset_of(stored, Descriptor(Dtype.VARYING, sub_type=charset))
        read = value_reader(bare, self._text, is_padded=False)
        content: Value = convert(read(value), stored, column.descriptor, self._contents.ods)
        return InlineBlob(content)

    def _frozen_default(self, field_id: int, number: int) -> FrozenDefault | None:
        """From ODS 12 on the format that brought the column keeps its default.

        Where the catalogue is damaged that format may be lost: the value is not known then.
        """
        is_damaged = self._contents.damage.count > 0
        for later in range(number, min(self._table.format, _LAST_FORMAT) + 1):
            if later in self._table.formats:
                frozen = self._contents.format(self._table, later).defaults.get(field_id)
                if frozen is not None:
                    return frozen
            elif is_damaged:
                raise EvaluationError(f"its value in older rows is lost with format {later}")
        return None

    def _default(self, column: Column) -> Value:
        """Up to ODS 11 the default as it is now, and only for a column that is NOT NULL."""
        try:
            value = self._expressions.default(column)
            is_blob = column.descriptor.dtype == Dtype.BLOB
            return InlineBlob(value) if is_blob and value is not None else value
        except (UnsupportedExpression, Damage) as refusal:
            self.unsupported[column.name] = str(refusal)
            return None

    def _computed(self, column: Column, number: int, layout: Format) -> Read:
        if column.field_id not in self._expressions.expressions:
            return NULL
        if number not in self._computed_values:
            self._computed_values[number] = self._computed_values_of(number, layout)
        values, field_id = self._computed_values[number], column.field_id
        return lambda image: values.value(field_id, image)

    def _computed_values_of(self, number: int, layout: Format) -> ComputedValues:
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
                key: self._operand(operand, number, layout)
                for key, operand in operands.items()
                if not operand.is_computed
            },
            {key: operand.field_id for key, operand in operands.items() if operand.is_computed},
        )

    def _operand(self, column: Column, number: int, layout: Format) -> Read:
        """A stored column as expressions see it: a blob is its content, a CHAR of UNICODE_FSS has
        as many characters as it is declared with. What is not valid in it is counted where the
        column itself is written."""
        read = self._read(column, number, layout, lambda count: None)
        declared = column.descriptor
        is_fss = declared.dtype == Dtype.TEXT and declared.charset_id == UNICODE_FSS
        if is_fss and self._contents.ods >= ODS_COUNTING_CHARACTERS:
            length = character_length(declared)
            return lambda image: None if (text := read(image)) is None else text[:length]
        if declared.dtype != Dtype.BLOB:
            return read
        return lambda image: self._content(column, read(image))

    def _other_table(self, name: str) -> LookupTable | None:
        return lookup_table(self._contents, name, self._reader_of_other)

    def _reader_of_other(self, table: Table, column: Column, number: int, layout: Format) -> Read:
        """What is not valid in another table's texts is counted where that table is written."""
        other = RowValues(self._contents, table, self._text, lambda column, count: None)
        return other._operand(column, number, layout)

    def _content(self, column: Column, blob_id: Value) -> Value:
        if blob_id is None:
            return None
        if isinstance(blob_id, InlineBlob):
            return blob_id.value
        content = self._contents.blob(blob_id)
        return self._text.decode(content, column.charset)[0] if column.is_text_blob else content


def _longer_or_shorter(
    text: str | bytes, stored: Descriptor, declared: Descriptor, version: tuple[int, int]
) -> Value:
    """A text of an older format. The engine refuses one that no longer fits its column, which old
    versions let be made shorter: it is given whole."""
    if stored.dtype == Dtype.TEXT and declared.dtype == Dtype.VARYING:
        text = with_all_blanks(text, stored) or text
    try:
        return convert(text, stored, declared, version)
    except EvaluationError:
        return text


def _failing(error: EvaluationError) -> Read:
    reason = str(error)

    def read(image: bytes) -> Value:
        raise EvaluationError(reason)

    return read


def _with_charset_of(stored: Descriptor, declared: Descriptor) -> Descriptor:
    """The stored text in the declared set where one of the sets is none: the bytes stay then."""
    sets = (stored.charset_id, declared.charset_id)
    are_texts = stored.dtype in TEXT_TYPES and declared.dtype in TEXT_TYPES
    if are_texts and sets[0] != sets[1] and not BYTE_CHARSETS.isdisjoint(sets):
        return stored._replace(sub_type=declared.sub_type)
    return stored


def _nullable(read: Read, field_id: int) -> Read:
    """None where the null bit of the field is set, else what `read` gives."""
    byte, bit = field_id >> 3, 1 << (field_id & 7)
    return lambda image: None if image[byte] & bit else read(image)
