"""CAST ... FORMAT. Values by the rules of Firebird's README.cast.format.md and CvtFormat.cpp: no
released engine has this verb."""

import pytest

from gdb_export.firebird.computed.blr.verbs import BlrType, Verb
from gdb_export.firebird.computed.dates.format_patterns import patterns_from_text, tokens_to_text
from gdb_export.firebird.computed.dates.formatted_dates import formatted
from gdb_export.firebird.computed.dates.parsed_dates import needs_moment, parsed
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, day_number
from gdb_export.firebird.values.time_zones import offset_zone, parse_zone, utc_of_local
from gdb_export.firebird.values.value_types import Value
from tests.firebird.computed.blr_builder import environment, expression_blr, field, name

ODS = (14, 0)
TICKS_PER_SECOND = 10_000


def ticks(hours: int, minutes: int = 0, seconds: int = 0, fraction: int = 0) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * TICKS_PER_SECOND + fraction


def day(year: int, month: int, day: int) -> int:
    return day_number(year, month, day)


JUNE = Timestamp(day(2023, 6, 14), ticks(15, 41, 29, 500))
MIDNIGHT = Timestamp(day(1905, 1, 1), 0)


@pytest.mark.parametrize(
    ("moment", "date_format", "expected"),
    [
        (JUNE, 'DD.MM.YYYY HH24:MI:SS "is" J "Julian day"',
         "14.06.2023 15:41:29 is 2460110 Julian day"),
        (JUNE, "yyyymmdd hh24miss", "20230614 154129"),
        (JUNE, '"Today is" day', "Today is WEDNESDAY"),
        (JUNE, "YYY YY Y Q", "023 23 3 2"),
        (JUNE, "MON MONTH RM", "Jun JUNE VI"),
        (JUNE, "WW W D DY DDD", "24 2 4 Wed 165"),
        (JUNE, "HH:MI A.M./HH12 P.M.", "03:41 P.M./03 P.M."),
        (MIDNIGHT, "HH A.M. SSSSS", "12 A.M. 0"),
        (JUNE, "SSSSS", "56489"),
        (JUNE, "FF1/FF2/FF3/FF4/FF9", "5/50/500/5000/500000000"),  # of 0.05 seconds
        (MIDNIGHT, "FF1 FF4", "0 0000"),
        (JUNE, "DDDDD", "16514"),  # DDD and DD
        (JUNE, r'"a \"b\" \\ c"', r'a "b" \ c'),
        (JUNE, "YEAR", "TWENTY TWENTY-THREE"),
        (MIDNIGHT, "YEAR", "ONE THOUSAND NINE HUNDRED FIVE"),
        (Timestamp(day(1900, 1, 1), 0), "YEAR", "ONE THOUSAND NINE HUNDRED"),
        (Timestamp(day(2000, 1, 1), 0), "YEAR", "TWO THOUSAND"),
        (Timestamp(day(905, 1, 1), 0), "YEAR", "NINE HUNDRED FIVE"),
        (Timestamp(day(925, 1, 1), 0), "YEAR", "NINE TWENTY-FIVE"),
        (Timestamp(day(15, 1, 1), 0), "YEAR", "FIFTEEN"),
    ],
)  # fmt: skip
def test_formats_a_timestamp(moment: Timestamp, date_format: str, expected: str) -> None:
    assert formatted(moment, tokens_to_text(date_format, Dtype.TIMESTAMP)) == expected


@pytest.mark.parametrize(
    ("minutes", "date_format", "expected"),
    [
        (-210, "HH24:MI TZH:TZM", "15:41 -03:30"),
        (-210, "TZM TZH", "-30 03"),
        (345, "TZH MI TZM", "+05 41 +45"),
        (0, "TZR", "+00:00"),
    ],
)
def test_formats_a_time_zone(minutes: int, date_format: str, expected: str) -> None:
    value = utc_of_local(JUNE.days, JUNE.ticks, offset_zone(minutes))
    assert formatted(value, tokens_to_text(date_format, Dtype.TIMESTAMP_TZ)) == expected


@pytest.mark.parametrize(
    ("date_format", "dtype"),
    [
        ("YYYY-FOO", Dtype.DATE),
        ("RR", Dtype.DATE),
        ("SSS", Dtype.TIME),
        ('"open', Dtype.DATE),
        ("HH24", Dtype.DATE),
        ("YYYY", Dtype.TIME),
        ("TZH", Dtype.TIMESTAMP),
    ],
)
def test_refuses_a_format_as_the_engine_does(date_format: str, dtype: int) -> None:
    with pytest.raises(EvaluationError):
        tokens_to_text(date_format, dtype)


@pytest.mark.parametrize(
    ("text", "date_format", "dtype", "expected"),
    [
        ("2000.12.08 12:35:30.5000", "YYYY.MM.DD HH24:MI:SS.FF4", Dtype.TIMESTAMP,
         Timestamp(day(2000, 12, 8), ticks(12, 35, 30, 5000))),
        ("20230614", "YYYYMMDD", Dtype.DATE, Date(day(2023, 6, 14))),
        (" 14/jun/23 ", "DD/MON/RR", Dtype.DATE, Date(day(2023, 6, 14))),
        ("14 June 1987", "DD MONTH RRRR", Dtype.DATE, Date(day(1987, 6, 14))),
        ("51-VI-01", "RR-RM-DD", Dtype.DATE, Date(day(1951, 6, 1))),
        ("2460110", "J", Dtype.DATE, Date(day(2023, 6, 14))),
        ("9", "Y", Dtype.DATE, Date(day(2029, 11, 30))),
        ("05:07 p.m.", "HH:MI A.M.", Dtype.TIME, Time(ticks(17, 7))),
        ("12 a.m.", "HH12 P.M.", Dtype.TIME, Time(0)),
        ("3661", "SSSSS", Dtype.TIME, Time(ticks(1, 1, 1))),
        ("1:2:3.05", "HH24:MI:SS.FF2", Dtype.TIME, Time(ticks(1, 2, 3, 500))),
        ("2023-06-14 10:00 -3:30", "YYYY-MM-DD HH24:MI TZH:TZM", Dtype.TIMESTAMP_TZ,
         TimestampTz(day(2023, 6, 14), ticks(13, 30), offset_zone(-210))),
        ("2023-06-14 10:00 -3:30", "YYYY-MM-DD HH24:MI TZR", Dtype.TIMESTAMP_TZ,
         TimestampTz(day(2023, 6, 14), ticks(13, 30), offset_zone(-210))),
        ("2023-06-14 10:00 america/sao_paulo", "YYYY-MM-DD HH24:MI TZR", Dtype.TIMESTAMP_TZ,
         utc_of_local(day(2023, 6, 14), ticks(10), parse_zone("America/Sao_Paulo"))),
    ],
)  # fmt: skip
def test_parses_a_text(text: str, date_format: str, dtype: int, expected: Value) -> None:
    today = Date(day(2026, 11, 30))
    assert parsed(text, patterns_from_text(date_format, dtype), dtype, today) == expected


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2023-02-30", "YYYY-MM-DD"),
        ("0000-01-01", "YYYY-MM-DD"),
        ("2023-13-01", "YYYY-MM-DD"),
        ("2023-01", "YYYY-MM-DD"),
        ("2023-01-01 x", "YYYY-MM-DD"),
        ("1 JANU 2023", "DD MONTH YYYY"),
        ("XIII 1 2023", "RM DD YYYY"),
        ("9" * 300, "J"),
    ],
)
def test_refuses_a_text_as_the_engine_does(text: str, date_format: str) -> None:
    patterns = patterns_from_text(date_format, Dtype.DATE)
    with pytest.raises(EvaluationError):
        parsed(text, patterns, Dtype.DATE, None)


@pytest.mark.parametrize(
    "date_format",
    ["YYYY YY", "YYYY RR", "MM MM", "HH24 A.M.", "HH", "A.M.", "SSSSS MI", "FF1 FF2", "TZM", "DDD"],
)
def test_refuses_patterns_that_exclude_each_other(date_format: str) -> None:
    with pytest.raises(EvaluationError):
        patterns_from_text(date_format, Dtype.TIMESTAMP_TZ)


def test_a_format_without_a_year_needs_the_current_date() -> None:
    assert needs_moment(["MM", "DD"], Dtype.DATE)
    assert needs_moment(["YY", "MM", "DD"], Dtype.DATE)
    assert not needs_moment(["J", "YY"], Dtype.DATE)
    assert not needs_moment(["YYYY", "MM", "DD"], Dtype.DATE)
    assert not needs_moment(["MI"], Dtype.TIME)


def cast_format(date_format: str, target: bytes) -> bytes:
    return bytes([Verb.CAST_FORMAT]) + name(date_format) + target + field("V")


VARCHAR_10 = bytes([BlrType.VARYING2, 0, 0, 10, 0])
CHAR_12 = bytes([BlrType.TEXT2, 0, 0, 12, 0])


def evaluated(date_format: str, target: bytes, dtype: Dtype, length: int, value: Value) -> Value:
    columns = environment(ODS, V=Descriptor(dtype, 0, length))
    expression = parse(expression_blr(cast_format(date_format, target)), columns)
    return expression.evaluate(lambda key: value)


def test_the_verb_converts_dates_and_texts() -> None:
    date = Date(JUNE.days)
    assert evaluated("DD/MM/YYYY", VARCHAR_10, Dtype.DATE, 4, date) == "14/06/2023"
    assert evaluated("DD/MM/YYYY", CHAR_12, Dtype.DATE, 4, date) == "14/06/2023  "
    to_date = bytes([BlrType.SQL_DATE])
    assert evaluated("DD/MM/YYYY", to_date, Dtype.VARYING, 12, "14/06/2023") == date
    assert evaluated("DD/MM/YYYY", to_date, Dtype.VARYING, 12, None) is None
    # a value of the target's type is kept
    assert evaluated("nonsense", to_date, Dtype.DATE, 4, date) == date


@pytest.mark.parametrize(
    ("date_format", "target", "dtype", "value"),
    [
        ("DD/MM/YYYY HH", VARCHAR_10, Dtype.TIMESTAMP, JUNE),  # too long
        ("nonsense", VARCHAR_10, Dtype.DATE, Date(0)),
        ("YYYY", VARCHAR_10, Dtype.LONG, 1),
        ("YYYY-MM-DD", bytes([BlrType.SQL_DATE]), Dtype.TIMESTAMP, JUNE),
    ],
)
def test_the_verb_fails_for_the_value(
    date_format: str, target: bytes, dtype: Dtype, value: Value
) -> None:
    with pytest.raises(EvaluationError):
        evaluated(date_format, target, dtype, 8, value)


@pytest.mark.parametrize(
    ("date_format", "target", "reason"),
    [
        ("MM-DD", bytes([BlrType.SQL_DATE]), "depends on the moment of reading"),
        ("YYYY-MM-DD", bytes([BlrType.TIMESTAMP_TZ]), "time zone of the session"),
        ("YYYY", bytes([BlrType.LONG, 0]), "not a date or text"),
    ],
)
def test_the_verb_is_refused_where_the_value_is_not_in_the_file(
    date_format: str, target: bytes, reason: str
) -> None:
    columns = environment(ODS, V=Descriptor(Dtype.VARYING, 0, 42))
    with pytest.raises(UnsupportedExpression, match=reason):
        parse(expression_blr(cast_format(date_format, target)), columns)
