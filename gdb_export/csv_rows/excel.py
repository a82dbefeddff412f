"""The dialect for Excel: `;`, CRLF, a byte order mark, decimal commas, and codes kept as text.

Converts the lines of the standard dialect. Excel reads `05` as the number 5, `1-2` as a date and
`=A1` as a formula; it keeps text in the form `="05"`. NULL and the empty string are both empty
cells there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.core.ods import FLOAT_TYPES, INTEGER_TYPES, Dtype

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_FORMULA_TEXT = 255  # characters: Excel's limit for a text in a formula
_MAX_EXACT_DIGITS = 15  # Excel's numbers are doubles

_FIELD = re.compile(r'("[^"]*(?:""[^"]*)*"|[^,\n]*)([,\n])')
_NEEDS_QUOTES = re.compile('[;"\r\n]')
# Texts that Excel takes for a number, a date, a time or a formula
_NUMERIC = re.compile(r"(?=[^0-9]*[0-9])[-+(]?[0-9.,:/\-+ %eE$)]+")
# English and Portuguese names, also abbreviated
_MONTH_NAME = "(?i:jan|fe[bv]|mar|a[bp]r|ma[iy]|jun|jul|a[gu][go]|se[pt]|o[cu]t|nov|de[cz])[a-zç]*"
_MONTH = re.compile(
    rf"[0-9]{{1,4}}[-/ .]{_MONTH_NAME}([-/ .][0-9]{{1,4}})?|{_MONTH_NAME}[-/ .][0-9]{{1,4}}"
)
_FORMULA = ("=", "+", "-", "@", "\t")


class ExcelLines:
    """Converts the CSV of one table from the standard dialect."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._converters = [_converter(column) for column in columns]

    def header(self, line: bytes) -> bytes:
        fields = _FIELD.findall(line.decode())
        names = ";".join(_quoted(_protected_text(_unquoted(raw))) for raw, _ in fields)
        return _BYTE_ORDER_MARK + names.encode() + b"\r\n"

    def lines(self, items: Iterable[bytes | memoryview]) -> Iterator[bytes]:
        """The lines of the dialect. `items` are bytes of CSV; an item may end inside a line."""
        parts: list[bytes] = []
        rest = b""
        is_quoted = False
        for item in items:
            data = rest + bytes(item)
            end = data.rfind(b"\n") + 1
            parts.append(data[:end])
            rest = data[end:]
            # a line ends where the number of quotes is even
            is_quoted ^= parts[-1].count(b'"') % 2 == 1
            if not is_quoted:
                yield self._converted(b"".join(parts).decode())
                parts.clear()

    def _converted(self, text: str) -> bytes:
        lines: list[str] = []
        fields: list[str] = []
        for raw, end in _FIELD.findall(text):
            fields.append(_quoted(self._converters[len(fields)](_unquoted(raw))))
            if end == "\n":
                lines.append(";".join(fields))
                fields = []
        return "".join(line + "\r\n" for line in lines).encode()


def _converter(column: Column) -> Callable[[str], str]:
    dtype = column.descriptor.dtype
    if dtype in INTEGER_TYPES or dtype in (Dtype.DEC64, Dtype.DEC128):
        return _exact_number
    if dtype in FLOAT_TYPES:
        return _with_comma if column.descriptor.scale >= 0 else _exact_number
    if dtype in (Dtype.TIME, Dtype.TIMESTAMP):
        return _with_comma
    return str if dtype in (Dtype.DATE, Dtype.BOOLEAN) else _protected_text


def _with_comma(text: str) -> str:
    return text.replace(".", ",")


def _exact_number(text: str) -> str:
    """A number, as text if it has more digits than Excel keeps."""
    text = _with_comma(text)
    digits = sum(character.isdigit() for character in text.lstrip("-0,"))
    return _as_text(text) if digits > _MAX_EXACT_DIGITS else text


def _protected_text(text: str) -> str:
    """A text in the form that Excel leaves as it is."""
    is_formula = text.startswith(_FORMULA)
    if not (is_formula or _NUMERIC.fullmatch(text) or _MONTH.fullmatch(text)):
        return text
    if len(text) <= _MAX_FORMULA_TEXT and not re.search(r"[\r\n]", text):
        return _as_text(text)
    return f"'{text}" if is_formula else text


def _as_text(text: str) -> str:
    return '="' + text.replace('"', '""') + '"'


def _unquoted(raw: str) -> str:
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
