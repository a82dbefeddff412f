"""The engine's rows as CSV, by a second and simple implementation of the CSV dialect."""

import json
import re
import struct
from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from tests.engine.databases import connect
from tests.engine.raw_rows import RawColumn, read_blob, select

# SQL types of columns, without the bit for NULL
TEXT, VARYING, SHORT, LONG, FLOAT, DOUBLE = 452, 448, 500, 496, 482, 480
TIMESTAMP, BLOB, ARRAY, TIME, DATE, INT64 = 510, 520, 540, 560, 570, 580
INT128, BOOLEAN = 32752, 32764
CAST_BY_ENGINE = {24, 25, 28, 29}  # RDB$FIELD_TYPE: DECFLOAT(16), DECFLOAT(34), with time zone
WIDE = Context(prec=60)  # more digits than any INT128 has

CODECS = {
    "UNICODE_FSS": "utf-8",
    "UTF8": "utf-8",
    "SJIS_0208": "cp932",
    "CP943C": "cp932",
    "EUCJ_0208": "euc_jp",
    "KOI8R": "koi8_r",
    "KOI8U": "koi8_u",
    "TIS620": "tis_620",
    "KSC_5601": "cp949",
    "BIG_5": "big5",
    "GB_2312": "gb2312",
    "GBK": "gbk",
    "GB18030": "gb18030",
}
CODEC_PREFIXES = {"DOS": "cp", "WIN": "cp", "ISO8859_": "iso8859_"}


def codec(charset: str) -> str:
    """The Python codec of a Firebird character set: DOS850 is cp850, ISO8859_1 iso8859_1."""
    if charset in CODECS:
        return CODECS[charset]
    prefix = next(prefix for prefix in CODEC_PREFIXES if charset.startswith(prefix))
    return CODEC_PREFIXES[prefix] + charset.removeprefix(prefix)


def as_windows_1252(raw: bytes) -> str:
    """Windows-1252 as browsers decode it: its five undefined bytes are control characters."""
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
        for byte in raw
    )


def shortest(value: float, width: str) -> str:
    """The shortest decimal with the same bits in the format `width` ('f' or 'd'), as by repr."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[repr(value)]
    if width == "d":
        return repr(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        is_float = abs(float(text)) < 3.4028236e38  # otherwise `pack` raises OverflowError
        if is_float and struct.pack("f", float(text)) == struct.pack("f", value):
            return repr(float(text))
    raise AssertionError(value)


def scaled(value: int, scale: int) -> str:
    """The text of an exact number."""
    return str(value) if scale == 0 else format(Decimal(value).scaleb(scale, WIDE), "f")


def date_text(days: int) -> str:
    """The date of a day number, counted from 1858-11-17."""
    return date.fromordinal(days + 678576).isoformat()


def time_text(ticks: int) -> str:
    """The time of ticks of 1/10000 s, with decimals unless they are zero."""
    seconds, fraction = divmod(ticks, 10000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{fraction:04}" if fraction else "")


def scalar_text(column: RawColumn, raw: bytes) -> str:
    """The text of a value of a type other than text and blob."""
    if column.type in (SHORT, LONG, INT64, INT128):
        return scaled(int.from_bytes(raw, "little", signed=True), column.scale)
    if column.type == FLOAT:
        return shortest(struct.unpack("<f", raw)[0], "f")
    if column.type == DOUBLE:
        value = struct.unpack("<d", raw)[0]
        return f"{value:.{-column.scale}f}" if column.scale else shortest(value, "d")
    if column.type == DATE:
        return date_text(struct.unpack("<i", raw)[0])
    if column.type == TIME:
        return time_text(struct.unpack("<I", raw)[0])
    if column.type == TIMESTAMP:
        days, ticks = struct.unpack("<iI", raw)
        return f"{date_text(days)} {time_text(ticks)}"
    assert column.type == BOOLEAN, f"{column.name} of type {column.type}"
    return "true" if raw[0] else "false"


class TableWriter:
    """Writes one table as CSV through one connection."""

    def __init__(self, connection: Any, table: str) -> None:
        self.connection = connection
        self.table = table
        self.charsets = {
            charset_id: name.strip()
            for charset_id, name in _all(
                connection,
                "SELECT RDB$CHARACTER_SET_ID, RDB$CHARACTER_SET_NAME FROM RDB$CHARACTER_SETS",
            )
        }
        self.fields = _all(
            connection,
            "SELECT RF.RDB$FIELD_NAME, F.RDB$FIELD_TYPE, F.RDB$DIMENSIONS "
            "FROM RDB$RELATION_FIELDS RF JOIN RDB$FIELDS F "
            "ON F.RDB$FIELD_NAME = RF.RDB$FIELD_SOURCE WHERE RF.RDB$RELATION_NAME = ? "
            "ORDER BY RF.RDB$FIELD_POSITION, RF.RDB$FIELD_ID",
            table,
        )  # fmt: skip

    def lines(self) -> Iterator[str]:
        """Yields the header and a line per row, in the order of the engine."""
        yield ",".join(quoted(name.rstrip(" ")) for name, _, _ in self.fields) + "\n"
        columns, rows = select(self.connection, self.query())
        arrays = {i: self.arrays(i) for i, column in enumerate(columns) if column.type == ARRAY}
        for row in rows:
            fields = [
                next(arrays[i]) if i in arrays else self.field(i, column, row[i])
                for i, column in enumerate(columns)
            ]
            yield (",".join(fields) if fields != [""] else '""') + "\n"

    def query(self) -> str:
        """SELECT *, with time zones and DECFLOAT converted to text by the engine."""
        expressions = [
            f"CAST({identifier(name)} AS VARCHAR(100))"
            if field_type in CAST_BY_ENGINE and not dimensions
            else identifier(name)
            for name, field_type, dimensions in self.fields
        ]
        return f"SELECT {', '.join(expressions)} FROM {identifier(self.table)}"

    def arrays(self, index: int) -> Iterator[str]:
        """Yields the fields of an array column; the driver decodes them."""
        sql = f"SELECT {identifier(self.fields[index][0])} FROM {identifier(self.table)}"
        for (value,) in _all(self.connection, sql):
            yield "" if value is None else quoted(as_json(value))

    def field(self, index: int, column: RawColumn, raw: bytes | None) -> str:
        """The CSV field of a value; the engine's text of a time loses decimals that are zero."""
        if raw is None:
            return ""
        text = self.text(column, raw)
        if self.fields[index][1] in CAST_BY_ENGINE:
            text = re.sub(r"\.0000(?= )", "", text)
        return quoted(text)

    def text(self, column: RawColumn, raw: bytes) -> str:
        """The text of a value, without quotes."""
        if column.type == TEXT:
            return self.decoded(column, raw[: column.length], is_char=True)
        if column.type == VARYING:
            return self.decoded(column, raw[2 : 2 + int.from_bytes(raw[:2], "little")])
        if column.type == BLOB:
            content = read_blob(self.connection, raw)
            return self.decoded(column, content) if column.sub_type == 1 else content.hex()
        return scalar_text(column, raw[: column.length])

    def decoded(self, column: RawColumn, raw: bytes, is_char: bool = False) -> str:
        """A text by the character set of its column; a CHAR loses its padding."""
        charset = self.charsets[column.charset_id & 0xFF]
        if charset == "OCTETS":
            return raw.hex()
        if is_char:
            raw = raw.rstrip(b" ")
        if charset in ("NONE", "ASCII"):
            return as_windows_1252(raw)
        return raw.decode(codec(charset), "replace")


def identifier(name: str) -> str:
    return '"' + name.rstrip(" ").replace('"', '""') + '"'


def quoted(text: str) -> str:
    if text == "" or any(special in text for special in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def as_json(value: Any) -> str:
    """Nested lists as JSON; numbers as numbers, other values as strings."""
    if isinstance(value, list):
        return "[" + ", ".join(as_json(item) for item in value) + "]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(str(value).rstrip(" "), ensure_ascii=False)


def _all(connection: Any, sql: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        return list(cursor.execute(sql, parameters).fetchall())


def user_tables(connection: Any) -> list[str]:
    return [
        name.rstrip(" ")
        for (name,) in _all(
            connection,
            "SELECT RDB$RELATION_NAME FROM RDB$RELATIONS WHERE COALESCE(RDB$SYSTEM_FLAG, 0) = 0 "
            "AND RDB$VIEW_BLR IS NULL AND RDB$EXTERNAL_FILE IS NULL ORDER BY 1",
        )
    ]


def export_csvs(path: Path) -> dict[str, bytes]:
    """The CSV of every user table of a database, by table name.

    With IGNORE_LIMBO the engine also reads rows that a transaction in limbo has changed.
    """
    from firebird.driver import Isolation, tpb
    from firebird.driver.types import TPBItem

    with connect(path, charset="NONE") as connection:
        connection.main_transaction.default_tpb = tpb(Isolation.SNAPSHOT) + bytes(
            [TPBItem.IGNORE_LIMBO]
        )
        return {
            table: "".join(TableWriter(connection, table).lines()).encode()
            for table in user_tables(connection)
        }
