"""Readers of stored fields, as values of the column's declared type.

A record keeps the format that it was written with: there a column may have another type, which the
engine converts when it reads the record. Knowledge: FieldNode::execute of ExprNodes.cpp, MOV_move.
"""

from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.computed.blr.casts import cast_value
from gdb_export.firebird.computed.blr.nodes import Environment
from gdb_export.firebird.computed.table_expressions import ExpressionCharsets
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.conversions.text_conversions import with_all_blanks
from gdb_export.firebird.core.charsets import BYTE_CHARSETS, NONE
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.text import TextDecoder, is_binary
from gdb_export.firebird.values.value_types import InlineBlob, TypedValue, Value
from gdb_export.firebird.values.values import CountText, Read, value_reader

_BLOBS = (Dtype.BLOB, Dtype.ARRAY)


class StoredValues:
    """Makes the readers of one table's stored columns. Holds no reference cycle."""

    def __init__(self, database: DatabaseReader, table: str, decoder: TextDecoder) -> None:
        self._database = database
        self._table = table
        self._decoder = decoder

    def reader(
        self,
        column: Column,
        stored: Descriptor,
        count_text: CountText,
        is_current: bool = False,
        is_padded: bool = True,
    ) -> Read:
        """A function from record images to the column's value in its declared type.

        `stored` is its descriptor in the format of the images, which is the table's current format
        if `is_current`. The function raises Damage where the engine can't convert a value.
        """
        declared = column.descriptor
        read_as = _with_charset_of(stored, declared)
        is_padded = is_padded and read_as is stored
        read = value_reader(read_as, self.decoder_of(column), count_text, is_padded)
        if stored.dtype in _BLOBS:
            return self._of_blob(column, stored, read, is_current)
        if declared.dtype == Dtype.ARRAY:
            raise Damage(f"an array that is of type {stored.dtype} in its format")
        if declared.dtype == Dtype.BLOB:
            return _converting(lambda image: self._as_blob(read(image), stored, column))
        if stored.has_same_type(declared):
            return read
        version = self._database.ods
        if stored.dtype in TEXT_TYPES and declared.dtype in TEXT_TYPES:
            return lambda image: _resized_text(read(image), stored, declared, version)
        return _converting(lambda image: convert(read(image), stored, declared, version))

    def decoder_of(self, column: Column) -> TextDecoder:
        """The decoder of the column's texts."""
        return self._decoder.of_column(self._table, column.name)

    def content(self, column: Column, blob_id: TypedValue) -> Value:
        """The content of a blob in the column, as text if that is the declared type."""
        if blob_id is None:
            return None
        if isinstance(blob_id, InlineBlob):
            return blob_id.value
        content = self._database.blob(blob_id)
        if not column.is_text_blob:
            return content
        return self.decoder_of(column).decode(content, column.charset)[0]

    def blob_default(self, column: Column, stored: Descriptor, value: bytes) -> InlineBlob:
        """A default as the content of a blob: text, or bytes in a binary blob."""
        read = value_reader(stored, self.decoder_of(column), is_padded=False)
        default = self._as_blob(read(value), stored, column)
        return InlineBlob("") if default is None else default

    def _of_blob(self, column: Column, stored: Descriptor, read: Read, is_current: bool) -> Read:
        """The reader of a field that is a blob or an array in its format."""
        declared = column.descriptor
        if declared.dtype in _BLOBS and (is_current or column.has_charset_of(stored)):
            return read
        if stored.dtype == Dtype.ARRAY:
            stored = Descriptor(Dtype.BLOB, sub_type=BLOB_SUBTYPE_TEXT, scale=NONE)

        def convert_blob(image: bytes) -> Value:
            value = self._blob_text(column, stored, read(image))
            converted = self._cast(value, stored, column)
            if declared.dtype != Dtype.BLOB or not isinstance(converted, str | bytes):
                return converted
            return InlineBlob(converted)

        return _converting(convert_blob)

    def _blob_text(self, column: Column, stored: Descriptor, blob_id: TypedValue) -> Value:
        """The content of a blob by its type in the format."""
        if blob_id is None:
            return None
        content = self._database.blob(blob_id)
        if stored.sub_type != BLOB_SUBTYPE_TEXT or is_binary(stored.scale & 0xFF):
            return content
        return self.decoder_of(column).decode(content, stored.scale & 0xFF)[0]

    def _as_blob(self, value: Value, stored: Descriptor, column: Column) -> InlineBlob | None:
        """A value of another type as the content of a blob."""
        content = self._cast(value, stored, column)
        return InlineBlob(content) if isinstance(content, str | bytes) else None

    def _cast(self, value: Value, stored: Descriptor, column: Column) -> Value:
        """The value as by CAST to the declared type; a text without a time zone is in GMT."""
        target, version = column.descriptor, self._database.ods
        if target.dtype != Dtype.BLOB and target.dtype not in TEXT_TYPES:
            return convert(value, stored, target, version)
        charsets = ExpressionCharsets(self.decoder_of(column))
        environment = Environment(version, _no_column, charsets)
        if target.dtype == Dtype.BLOB and target.sub_type == BLOB_SUBTYPE_TEXT:
            target = target._replace(scale=column.charset)
        return cast_value(value, stored, target, environment, is_dialect_1=False)


def _no_column(key: str | int) -> Descriptor | None:
    return None


def _converting(read: Read) -> Read:
    """The same reader with Damage in place of EvaluationError: no engine can read the value."""

    def value(image: bytes) -> Value:
        try:
            return read(image)
        except EvaluationError as error:
            raise Damage(f"has another type in its format, and {error}") from None

    return value


def _resized_text(
    text: Value, stored: Descriptor, declared: Descriptor, version: tuple[int, int]
) -> Value:
    """A text of an older format in its declared type.

    Old engines allow a column to be shortened, but then refuse to read the texts that are too
    long: those are returned whole.
    """
    is_extended = stored.dtype == Dtype.TEXT and declared.dtype == Dtype.VARYING
    if is_extended and isinstance(text, str):
        text = with_all_blanks(text, stored)
    try:
        return convert(text, stored, declared, version)
    except EvaluationError:
        return text


def _with_charset_of(stored: Descriptor, declared: Descriptor) -> Descriptor:
    """The stored type, in the declared character set if the engine keeps the bytes of a text.

    It keeps them if either character set is NONE, OCTETS or DYNAMIC.
    """
    charsets = (stored.charset_id, declared.charset_id)
    are_texts = stored.dtype in TEXT_TYPES and declared.dtype in TEXT_TYPES
    if are_texts and charsets[0] != charsets[1] and not BYTE_CHARSETS.isdisjoint(charsets):
        return stored._replace(sub_type=declared.sub_type)
    return stored
