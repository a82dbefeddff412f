"""The month that the rows of an upload belong to, and its origin."""

import re
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple

# Six digits at the end of a name are a month only if its year is one of these
_FIRST_YEAR, _LAST_YEAR = 1980, 2099


class Origin(StrEnum):
    """The origin of a reference month: an option, the file's name or the time of the upload."""

    OPTION = "option"
    NAME = "name"
    UPLOAD = "upload"


class ReferenceMonth(NamedTuple):
    first_day: date
    origin: Origin

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m} (from the {self.origin})"


def reference_month(given: date | None, file_name: str, uploaded: date) -> ReferenceMonth:
    """The `given` month, otherwise that in the file's name, otherwise that of the upload."""
    if given is not None:
        return ReferenceMonth(given.replace(day=1), Origin.OPTION)
    named = _month_in_name(file_name)
    if named is not None:
        return ReferenceMonth(named, Origin.NAME)
    return ReferenceMonth(uploaded.replace(day=1), Origin.UPLOAD)


def _month_in_name(file_name: str) -> date | None:
    """The month in exactly six digits at the end of the name, MMYYYY or YYYYMM.

    No six digits are a month of both forms, because no month has the number 19 or 20.
    """
    digits = re.search(r"(?<!\d)\d{6}$", PurePath(file_name).stem, re.ASCII)
    if digits is None:
        return None
    text = digits.group()
    for year, month in ((int(text[2:]), int(text[:2])), (int(text[:4]), int(text[4:]))):
        if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12:
            return date(year, month, 1)
    return None
