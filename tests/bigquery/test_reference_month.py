"""The month of a load: the given one, the one in the file's name, or that of the upload."""

from datetime import date

import pytest

from gdb_export.bigquery.reference_month import Origin, reference_month
from gdb_export.contract.options import parse_reference

UPLOADED = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("CNES_082025.GDB", date(2025, 8, 1)),
        ("cnes/BASE202508.gdb", date(2025, 8, 1)),
        ("CNES202012.gdb", date(2020, 12, 1)),
        ("CNES122020.gdb", date(2020, 12, 1)),
        ("CNES.202508.gbk", date(2025, 8, 1)),
        ("CNES132025.GDB", None),
        ("CNES001999.GDB", None),
        ("CNES1082025.GDB", None),
        ("202508-1.GDB", None),
        ("BACKUP.GDB", None),
        ("CNES081850.GDB", None),
    ],
)
def test_six_digits_at_the_end_of_the_name_are_a_month(name: str, month: date | None) -> None:
    found = reference_month(None, name, UPLOADED)
    assert found.first_day == (month or date(2026, 11, 1))
    assert found.origin is (Origin.NAME if month else Origin.UPLOAD)


def test_a_given_month_counts_before_the_name() -> None:
    found = reference_month(date(2024, 2, 29), "CNES_082025.GDB", UPLOADED)
    assert found == (date(2024, 2, 1), Origin.OPTION)
    assert str(found) == "2024-02 (from the option)"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2025-08", date(2025, 8, 1)),
        ("2025-08-15", date(2025, 8, 1)),
        ("2025-02-30", None),
        ("2025-13", None),
        ("082025", None),
        ("2025-8", None),
        ("2025-W08", None),
        ("", None),
    ],
)
def test_a_reference_is_a_month_or_a_day(text: str, month: date | None) -> None:
    assert parse_reference(text) == month
