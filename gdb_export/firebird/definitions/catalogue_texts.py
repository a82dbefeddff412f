"""Reads rows and texts of the catalogue for the definitions; the texts' total size is bounded."""

from collections.abc import Iterator, Mapping

from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.core.charsets import WIN1252, single_byte_table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.values.value_types import Value

Row = Mapping[str, Value]

_MIN_BUDGET = 1 << 20  # bytes of all texts together
_MAX_KNOWN = 256  # texts kept in memory: many columns share those of a domain


class CatalogueTexts:
    """Reads rows of system tables and the texts in their blobs.

    Many rows may share one blob. So the bytes of all texts together are limited by the size of the
    file; `passes` is the number of times that each text may be asked for.
    """

    def __init__(self, reader: DatabaseReader, log: DamageLog, passes: int = 1) -> None:
        self.reader = reader
        self.log = log
        self._budget = passes * (reader.page_count * reader.page_size + _MIN_BUDGET)
        self._is_exhausted = False
        self._known: dict[bytes, str] = {}

    def rows(self, table: str, *fields: str) -> Iterator[Row]:
        """The fields of the rows of a system table; names without RDB$."""
        return self.reader.definition_rows(table, frozenset(fields), self.log)

    def text(self, value: Value) -> str:
        """The text of a blob field, without blanks at its ends; "" for NULL and for a text that
        can't be read, which is logged."""
        if not isinstance(value, bytes) or not has_blob(value) or self._is_exhausted:
            return ""
        known = self._known.get(value)
        if known is not None:
            return known if self._take(len(known)) else ""
        try:
            content = self.reader.definition_blob(value)
        except Damage as damage:
            self.log.add(Damage(f"a text of the catalogue is lost: {damage}"))
            return ""
        if not self._take(len(content)):
            return ""
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        text = self._known[value] = decode_text(content)
        return text

    def _take(self, length: int) -> bool:
        """Whether the budget has room for a text; a text that is asked for again counts again."""
        self._budget -= length
        if self._budget < 0:
            self._is_exhausted = True
            self.log.add(Damage("the texts of the catalogue are longer than the file"))
        return not self._is_exhausted


def decode_text(content: bytes) -> str:
    """The text as UTF-8, or as WIN1252, which old clients stored."""
    content = content.strip(b" \t\r\n\0")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        table = single_byte_table(WIN1252) or ()
        return "".join(table[byte] for byte in content)


def name_of(row: Row, field: str, schema: str = "SCHEMA_NAME") -> QualifiedName:
    """The name in `field`, with its schema, which is in the field `schema`, and its package."""
    package = string(row, "PACKAGE_NAME") if schema == "SCHEMA_NAME" else ""
    return QualifiedName(string(row, field), string(row, schema), package)


def string(row: Row, field: str) -> str:
    """The text of a field, "" for NULL."""
    value = row.get(field)
    return value if isinstance(value, str) else ""


def number(row: Row, field: str) -> int | None:
    """The integer of a field, None for NULL."""
    value = row.get(field)
    return value if isinstance(value, int) else None
