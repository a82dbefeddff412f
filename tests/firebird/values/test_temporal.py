"""Conversion between day numbers and dates, and the text of day numbers and ticks."""

import datetime

from gdb_export.firebird.values.temporal import civil_date, date_text, day_number, time_text

EPOCH = datetime.date(1858, 11, 17).toordinal()


def test_civil_dates_agree_with_datetime() -> None:
    for ordinal in range(1, datetime.date.max.toordinal(), 89):
        date = datetime.date.fromordinal(ordinal)
        assert civil_date(ordinal - EPOCH) == (date.year, date.month, date.day)
        assert day_number(date.year, date.month, date.day) == ordinal - EPOCH


def test_dates_outside_the_years_1_to_9999_have_text() -> None:
    assert date_text(-678576) == "0000-12-31"
    assert date_text(2973484) == "10000-01-01"
    assert date_text(-(2**31)) == "-5877752-05-08"
    assert date_text(2**31 - 1) == "5881469-05-27"


def test_a_fraction_is_shown_unless_it_is_zero() -> None:
    assert time_text(0) == "00:00:00"
    assert time_text(863_999_9999) == "239:59:59.9999"
    assert time_text(1) == "00:00:00.0001"
