"""The options for the decoding of text: charset, charset-of, fix-utf8."""

from collections.abc import Iterable

from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import (
    ASCII,
    AUTO,
    NONE,
    OCTETS,
    UNICODE_FSS,
    UTF8,
    charset_by_name,
)
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.values.text import ColumnName, TextDecoder
from gdb_export.options import BadOption, ExportOptions

_CHARSET, _CHARSET_OF, _FIX_UTF8 = "charset", "charset-of", "fix-utf8"
_UNUSABLE = (None, NONE, OCTETS, ASCII)  # sets without characters beyond ASCII
_AUTO_NAME = "AUTO"


def text_decoder(options: ExportOptions, reader: DatabaseReader) -> TextDecoder:
    """The decoder of an export of this database. Raises BadOption for an unknown set or column."""
    fallback = _charset(options.charset, _CHARSET)
    fix_utf8 = None if options.fix_utf8 is None else _fix_utf8(options.fix_utf8)
    return TextDecoder(fallback, fix_utf8, _overrides(options.charset_of, reader))


def _charset(name: str, option: str) -> int:
    if name.strip().upper() == _AUTO_NAME:
        return AUTO
    charset = charset_by_name(name)
    if charset is None or charset in _UNUSABLE:
        raise BadOption(
            f"{name!r} is not a character set of Firebird for text: use one such as WIN1252,"
            " ISO8859_1, DOS850 or UTF8, or auto",
            option,
        )
    return charset


def _fix_utf8(name: str) -> int:
    charset = _charset(name, _FIX_UTF8)
    if charset in (AUTO, UTF8, UNICODE_FSS):
        raise BadOption(
            f"{name!r} does not decode text that is not valid UTF-8: use WIN1252 or the like",
            _FIX_UTF8,
        )
    return charset


def _overrides(entries: Iterable[str], reader: DatabaseReader) -> dict[ColumnName, int]:
    by_name = {table.name: table for table in reader.tables}
    overrides = {}
    for entry in entries:
        column_name, is_pair, charset = entry.rpartition("=")
        if not is_pair:
            raise BadOption(f"{entry!r} is not TABLE.COLUMN=CHARSET", _CHARSET_OF)
        column_name = column_name.strip()
        found = _column(column_name, by_name) or _system_column(column_name, reader)
        if found is None:
            reason = f"there is no column {column_name!r}: give TABLE.COLUMN=CHARSET"
            raise BadOption(reason, _CHARSET_OF)
        table, column = found
        overrides[table.name, column.name] = _charset(charset, _CHARSET_OF)
    return overrides


def _system_column(name: str, reader: DatabaseReader) -> tuple[Table, Column] | None:
    """The text column of a system table, all of which have a `$` in their names."""
    system_tables = (reader.system_tables or ()) if "$" in name else ()
    return _column(name, {table.name: table for table in system_tables})


def _column(name: str, tables: dict[str, Table]) -> tuple[Table, Column] | None:
    """The text column with this name; upper case is tried too, as SQL reads unquoted names."""
    for wanted in (name, name.upper()):
        for table_name, column_name in _divisions(wanted):
            if table_name in tables:
                for column in tables[table_name].columns:
                    if column.name == column_name:
                        return tables[table_name], _text_column(column, name)
    return None


def _divisions(name: str) -> Iterable[tuple[str, str]]:
    """The ways to read a name as table and column, which may contain points themselves."""
    parts = name.split(".")
    for count in range(1, len(parts)):
        yield ".".join(parts[:count]), ".".join(parts[count:])


def _text_column(column: Column, name: str) -> Column:
    is_text = column.descriptor.dtype in TEXT_TYPES or column.is_text_blob
    is_array = column.descriptor.dtype == Dtype.ARRAY
    if not (is_text or is_array) or column.charset == OCTETS or column.is_computed:
        raise BadOption(f"{name} does not hold text of a character set", _CHARSET_OF)
    return column
