"""The patterns of CAST ... FORMAT, and the tokens that a format consists of.

Knowledge: CvtFormat.cpp, README.cast.format.md (ODS 14).
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype

SEPARATORS = frozenset("./,';: -\"")
QUOTE, ESCAPE = '"', "\\"

YEAR_ENDS = ("Y", "YY", "YYY", "YYYY")  # the last one to four digits of a year
ROUNDED_YEARS = ("RR", "RRRR")
HOURS_OF_HALF_DAY = ("HH", "HH12")
HALVES_OF_DAY = ("A.M.", "P.M.")
ZONE_PATTERNS = frozenset({"TZH", "TZM", "TZR"})
_FRACTIONS = tuple(f"FF{digits}" for digits in range(1, 10))
_STORED_FRACTIONS = _FRACTIONS[:4]  # a tick is a ten-thousandth of a second
_COMMON_DATE = (*YEAR_ENDS, "MM", "MON", "MONTH", "RM", "DD", "J")
_COMMON_TIME = (*HOURS_OF_HALF_DAY, "HH24", "MI", "SS", "SSSSS", *HALVES_OF_DAY)

DATE_PATTERNS = frozenset({*_COMMON_DATE, *ROUNDED_YEARS, "YEAR", "Q", "WW", "W", "D", "DAY"}) | {
    "DDD",
    "DY",
}
TIME_PATTERNS = frozenset({*_COMMON_TIME, *_FRACTIONS})
TO_TEXT = (DATE_PATTERNS | TIME_PATTERNS | ZONE_PATTERNS) - {*ROUNDED_YEARS}
FROM_TEXT = frozenset({*_COMMON_DATE, *ROUNDED_YEARS, *_COMMON_TIME, *_STORED_FRACTIONS}) | (
    ZONE_PATTERNS
)

MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER",
    "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
DAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")


@dataclass(frozen=True, slots=True)
class Token:
    """A pattern, or a text between patterns, which `pattern` is empty for."""

    pattern: str
    text: str = ""


def tokens_to_text(date_format: str, dtype: int) -> list[Token]:
    """The tokens of a format that makes a text of values of type `dtype`.

    Raises EvaluationError if the engine refuses the format.
    """
    return list(_tokens_to_text(_upper_outside_quotes(date_format), dtype))


def _tokens_to_text(date_format: str, dtype: int) -> Iterator[Token]:
    offset = 0
    while offset < len(date_format):
        if date_format[offset] == QUOTE:
            text, offset = _quoted_text(date_format, offset + 1)
            yield Token("", text)
        elif date_format[offset] in SEPARATORS:
            yield Token("", date_format[offset])
            offset += 1
        else:
            pattern = _pattern_at(date_format, offset, TO_TEXT)
            _check_type(pattern, dtype)
            yield Token(pattern)
            offset += len(pattern)


def patterns_from_text(date_format: str, dtype: int) -> list[str]:
    """The patterns of a format by which texts become values of type `dtype`.

    Raises EvaluationError if the engine refuses the format.
    """
    upper = _upper_ascii(date_format)
    patterns: list[str] = []
    offset = 0
    while offset < len(upper):
        if upper[offset] in SEPARATORS:
            offset += 1
            continue
        pattern = _pattern_at(upper, offset, FROM_TEXT)
        _check_type(pattern, dtype)
        patterns.append(pattern)
        offset += len(pattern)
    _check_combination(patterns)
    return patterns


def _upper_ascii(text: str) -> str:
    return "".join(char.upper() if char.isascii() else char for char in text)


def _upper_outside_quotes(date_format: str) -> str:
    upper: list[str] = []
    offset = 0
    while offset < len(date_format):
        end = offset + 1
        if date_format[offset] == QUOTE:
            end = _end_of_quoted(date_format, offset + 1) + 1
            upper.append(date_format[offset:end])
        else:
            upper.append(_upper_ascii(date_format[offset]))
        offset = end
    return "".join(upper)


def _end_of_quoted(date_format: str, offset: int) -> int:
    """The offset of the quote that ends a quoted text."""
    while offset < len(date_format):
        if date_format[offset] == ESCAPE:
            offset += 1
        elif date_format[offset] == QUOTE:
            return offset
        offset += 1
    raise EvaluationError("a date format with a quoted text that does not end")


def _quoted_text(date_format: str, offset: int) -> tuple[str, int]:
    """The text whose quote ends before `offset`, without escapes, and the offset after it. The
    engine ends the text at a zero character."""
    end = _end_of_quoted(date_format, offset)
    text: list[str] = []
    while offset < end:
        offset += date_format[offset] == ESCAPE
        text.append(date_format[offset])
        offset += 1
    return "".join(text).partition("\0")[0], end + 1


def _pattern_at(date_format: str, offset: int, patterns: Set[str]) -> str:
    """The pattern at the offset: the longest text that begins some pattern must be a pattern."""
    end = offset
    while end < len(date_format):
        text = date_format[offset : end + 1]
        if not any(pattern.startswith(text) for pattern in patterns):
            break
        end += 1
    pattern = date_format[offset:end]
    if pattern not in patterns:
        raise EvaluationError(f"{date_format[offset : offset + 40]!r} is not a date format")
    return pattern


def _check_type(pattern: str, dtype: int) -> None:
    """Raises EvaluationError if values of the type lack what the pattern stands for."""
    lacks = (
        pattern in DATE_PATTERNS and dtype in (Dtype.TIME, Dtype.TIME_TZ),
        pattern in TIME_PATTERNS and dtype == Dtype.DATE,
        pattern in ZONE_PATTERNS and dtype not in (Dtype.TIME_TZ, Dtype.TIMESTAMP_TZ),
    )
    if any(lacks):
        raise EvaluationError(f"the date format {pattern} of a type without this part")


# Of each group, at most one pattern
_ALTERNATIVES = (
    (*YEAR_ENDS, *ROUNDED_YEARS),
    HOURS_OF_HALF_DAY,
    HALVES_OF_DAY,
    _STORED_FRACTIONS,
)
# A pattern of the first group excludes those of the second
_EXCLUSIONS = (
    (("HH24",), (*HOURS_OF_HALF_DAY, *HALVES_OF_DAY)),
    (("SSSSS",), (*HOURS_OF_HALF_DAY, *HALVES_OF_DAY, "HH24", "MI", "SS")),
)


def _check_combination(patterns: list[str]) -> None:
    """Raises EvaluationError for patterns that exclude or need each other."""
    present = frozenset(patterns)
    faults = (
        len(present) < len(patterns),
        any(len(present.intersection(group)) > 1 for group in _ALTERNATIVES),
        any(present.intersection(a) and present.intersection(b) for a, b in _EXCLUSIONS),
        present.isdisjoint(HOURS_OF_HALF_DAY) != present.isdisjoint(HALVES_OF_DAY),
        "TZM" in present and "TZH" not in present,
    )
    if any(faults):
        raise EvaluationError(f"the date formats {' '.join(patterns)[:80]} in one format")
