"""Column types of Firebird 5, with random values and edge cases of each."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

ZONES = ("UTC", "GMT", "America/Sao_Paulo", "Asia/Kathmandu", "+03:00", "-12:34", "+14:00")
CODECS = {
    "UTF8": "utf-8",
    "UNICODE_FSS": "utf-8",
    "ASCII": "ascii",
    "WIN1252": "cp1252",
    "ISO8859_1": "latin-1",
    "WIN1251": "cp1251",
    "DOS850": "cp850",
    "SJIS_0208": "cp932",
    "GBK": "gbk",
    "KOI8R": "koi8-r",
}
# CP932 has several byte sequences for each of these, so their encoding is ambiguous
NOT_ROUND_TRIPPING = "¢£¬‖−〜"


def is_in_charset(letter: str, charset: str) -> bool:
    """False for the vendor extensions that CP932 adds to JIS X 0208.

    The engine stores their bytes but cannot convert them to characters.
    """
    lead = letter.encode(CODECS.get(charset, "latin-1"), "ignore")[:1]
    return charset != "SJIS_0208" or not (b"\x85" <= lead <= b"\x87" or lead >= b"\xeb")


CHARSETS = ("NONE", "OCTETS", *CODECS)


@dataclass(frozen=True)
class Value:
    """An SQL expression, and the parameter of its `?` if it has one."""

    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ColumnType:
    """A type in SQL, with random values; `can_default`: they can be a default."""

    sql: str
    values: st.SearchStrategy[Value]
    can_default: bool = True

    @property
    def values_or_null(self) -> st.SearchStrategy[Value]:
        return st.one_of(st.just(Value("NULL")), self.values, self.values)


def cast(texts: st.SearchStrategy[str], sql: str) -> st.SearchStrategy[Value]:
    """Texts that the engine converts to the type."""
    return texts.map(lambda text: Value(f"CAST('{text}' AS {sql})"))


def integers(low: int, high: int) -> st.SearchStrategy[int]:
    """Integers of a range, its edges more often than others."""
    return st.one_of(st.sampled_from((low, high, 0, 1, -1)), st.integers(low, high))


def integer(sql: str, size: int) -> ColumnType:
    numbers = integers(-(1 << size * 8 - 1), (1 << size * 8 - 1) - 1)
    return ColumnType(sql, cast(numbers.map(str), sql))


INTEGERS = (
    integer("SMALLINT", 2),
    integer("INTEGER", 4),
    integer("BIGINT", 8),
    integer("INT128", 16),
)


@st.composite
def exact(draw: st.DrawFn, max_digits: int = 38) -> ColumnType:
    """NUMERIC or DECIMAL of any precision and scale."""
    precision = draw(st.integers(1, max_digits))
    scale = draw(st.integers(0, precision))
    sql = f"{draw(st.sampled_from(('NUMERIC', 'DECIMAL')))}({precision}, {scale})"
    numbers = integers(1 - 10**precision, 10**precision - 1)
    texts = numbers.map(lambda number: f"{Decimal(f'{number}E-{scale}'):f}")
    return ColumnType(sql, cast(texts, sql))


def floating(sql: str, width: int) -> ColumnType:
    """FLOAT or DOUBLE PRECISION, which has this width in bits."""
    numbers = st.floats(width=width, allow_nan=True, allow_infinity=True)
    return ColumnType(sql, numbers.map(lambda number: Value("?", (number,))), can_default=False)


FLOATS = (floating("FLOAT", 32), floating("DOUBLE PRECISION", 64))


def decfloat(digits: int, exponent: int) -> ColumnType:
    sql = f"DECFLOAT({digits})"
    texts = st.builds(
        lambda number, power: f"{number}E{power}",
        integers(1 - 10**digits, 10**digits - 1),
        st.one_of(st.integers(-5, 5), st.integers(-exponent, exponent)),
    )
    return ColumnType(sql, cast(st.one_of(texts, st.sampled_from(("-0", "1.00"))), sql))


DECFLOATS = (decfloat(16, 360), decfloat(34, 6000))
TICKS = st.one_of(st.sampled_from((0, 863_999_999)), st.integers(0, 863_999_999))
CLOCKS = TICKS.map(
    lambda ticks: (
        f"{ticks // 36_000_000:02}:{ticks // 600_000 % 60:02}:"
        f"{ticks // 10_000 % 60:02}.{ticks % 10_000:04}"
    )
)
DAYS = st.one_of(st.sampled_from(("0001-01-01", "9999-12-31")), st.dates().map(str))
MOMENTS = st.tuples(DAYS, CLOCKS).map(" ".join)
# With a time zone, the UTC time must be within the years 1 to 9999 too
DAYS_WITH_ZONES = st.integers(2, 9998).map(lambda year: f"{year:04}-03-01")
DATE = ColumnType("DATE", cast(DAYS, "DATE"))
TIMESTAMP = ColumnType("TIMESTAMP", cast(MOMENTS, "TIMESTAMP"))
DATES = (
    DATE,
    TIMESTAMP,
    ColumnType("TIME", cast(CLOCKS, "TIME")),
    ColumnType(
        "TIME WITH TIME ZONE",
        cast(st.tuples(CLOCKS, st.sampled_from(ZONES)).map(" ".join), "TIME WITH TIME ZONE"),
    ),
    ColumnType(
        "TIMESTAMP WITH TIME ZONE",
        cast(
            st.tuples(DAYS_WITH_ZONES, CLOCKS, st.sampled_from(ZONES)).map(" ".join),
            "TIMESTAMP WITH TIME ZONE",
        ),
    ),
)
BOOLEAN = ColumnType("BOOLEAN", cast(st.sampled_from(("true", "false")), "BOOLEAN"))


def encoded_texts(charset: str, max_length: int) -> st.SearchStrategy[bytes]:
    """Valid bytes of a character set, of at most `max_length` characters."""
    if charset in ("NONE", "OCTETS"):
        return st.binary(max_size=max_length)
    codec = CODECS[charset]
    letters = st.one_of(
        st.characters(
            codec=codec,
            exclude_characters=NOT_ROUND_TRIPPING,
            max_codepoint=0xFFFF if charset == "UNICODE_FSS" else None,
        ).filter(lambda letter: is_in_charset(letter, charset)),
        st.sampled_from(" ,\"\r\nabc'\t"),
        st.just(" "),
    )
    return st.text(letters, max_size=max_length).map(lambda text: text.encode(codec))


@st.composite
def text(draw: st.DrawFn) -> ColumnType:
    """CHAR or VARCHAR of any length and of many character sets."""
    charset = draw(st.sampled_from(CHARSETS))
    length = draw(st.one_of(st.integers(1, 20), st.integers(1, 5000)))
    kind = draw(st.sampled_from(("CHAR", "VARCHAR")))
    values = encoded_texts(charset, min(length, 50)).map(
        lambda raw: Value(f"_{charset} x'{raw.hex()}'")
    )
    return ColumnType(f"{kind}({length}) CHARACTER SET {charset}", values)


@st.composite
def blob(draw: st.DrawFn) -> ColumnType:
    """Blobs of level 0, 1 and 2.

    The engine expects the text of a blob in the connection's character set, UTF-8.
    """
    charset = draw(st.sampled_from((None, *CHARSETS)))
    sql = "BLOB" if charset is None else f"BLOB SUB_TYPE TEXT CHARACTER SET {charset}"
    values = st.builds(
        lambda raw, times: Value("?", (_as_utf_8(raw, charset) * times,)),
        encoded_texts(charset or "OCTETS", 30),
        st.one_of(st.integers(0, 3), st.sampled_from((300, 3000))),
    )
    return ColumnType(sql, values, can_default=False)


def _as_utf_8(raw: bytes, charset: str | None) -> bytes:
    return raw if charset not in CODECS else raw.decode(CODECS[charset]).encode()


@st.composite
def array(draw: st.DrawFn) -> ColumnType:
    """Arrays of one or two dimensions."""
    sql, elements = draw(
        st.sampled_from(
            (
                ("INTEGER", integers(-(2**31), 2**31 - 1)),
                ("SMALLINT", integers(-(2**15), 2**15 - 1)),
                ("DOUBLE PRECISION", st.floats(allow_nan=False, allow_infinity=False)),
                ("VARCHAR(6)", st.text("aB,\"'", max_size=6)),
            )
        )
    )
    row_length, row_count = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    rows = st.lists(elements, min_size=row_length, max_size=row_length)
    if draw(st.booleans()):
        return ColumnType(f"{sql}[{row_length}]", rows.map(lambda row: Value("?", (row,))), False)
    matrices = st.lists(rows, min_size=row_count, max_size=row_count)
    bounds = f"-1:{row_count - 2}, {row_length}"
    return ColumnType(f"{sql}[{bounds}]", matrices.map(lambda rows: Value("?", (rows,))), False)


def column_types(dialect: int) -> st.SearchStrategy[ColumnType]:
    """Any column type of a dialect."""
    if dialect == 1:
        plain = (*INTEGERS[:2], *FLOATS, DATE, BOOLEAN)
        return st.one_of(st.sampled_from(plain), exact(15), text(), blob())
    plain = (*INTEGERS, *FLOATS, *DECFLOATS, *DATES, BOOLEAN)
    return st.one_of(st.sampled_from(plain), exact(), text(), text(), blob(), array())
