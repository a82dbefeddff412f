"""The options of an upload: `export-…` keys of the object's custom metadata."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

METADATA_PREFIX = "export-"
# Values of the option `format`
CSV, PARQUET, CSV_AND_PARQUET = "csv", "parquet", "csv,parquet"
FORMATS = (CSV, PARQUET, CSV_AND_PARQUET)
# Options of the load into BigQuery, which have no influence on the export
LOAD_OPTIONS = ("dataset", "reference")


class BadOption(Exception):
    """An option has an invalid value. The message names the option and the allowed values."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(f"{option}: {message}" if option else message)
        self.option = option


def options_from_metadata(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Parse the options in `metadata`, named as ExportOptions names them.

    Keys without the prefix are ignored. An unknown key with the prefix raises BadOption, so that
    a misspelt option is noticed.
    """
    options = {}
    for key, text in metadata.items():
        lowered = key.lower()
        if not lowered.startswith(METADATA_PREFIX):
            continue
        name = lowered.removeprefix(METADATA_PREFIX)
        if name not in _PARSERS:
            known = ", ".join(METADATA_PREFIX + name for name in _PARSERS)
            raise BadOption(f"{_shown(key)} is not an option; the options are {known}")
        options[name.replace("-", "_")] = _PARSERS[name](lowered, text.strip())
    return options


def _parse_names(key: str, text: str) -> list[str]:
    import csv  # imported late: docs/architecture.md

    try:
        names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    except csv.Error:
        names = []
    if not names or not all(names):
        raise BadOption(f"{key} must be table names separated by commas, not {_shown(text)}")
    return names


def _parse_assignments(key: str, text: str) -> list[str]:
    """Columns with their character sets, separated by commas."""
    entries = [entry.strip() for entry in text.split(",")]
    for entry in entries:
        if not re.fullmatch(r".+\..+=[^=]+", entry, re.DOTALL):
            raise BadOption(f"{key} must be TABLE.COLUMN=CHARSET, not {_shown(entry)}")
    return entries


def _parse_charset(key: str, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{1,30}", text):
        raise BadOption(
            f"{key} must be a Firebird character set such as WIN1252, not {_shown(text)}"
        )
    return text.upper()


def _parse_binary(key: str, text: str) -> str:
    if text.lower() not in ("hex", "base64", "uuid"):
        raise BadOption(f"{key} must be hex, base64 or uuid, not {_shown(text)}")
    return text.lower()


def _parse_dialect(key: str, text: str) -> str:
    if text.lower() not in ("standard", "excel"):
        raise BadOption(f"{key} must be standard or excel, not {_shown(text)}")
    return text.lower()


def format_of(text: str) -> str | None:
    """The format that a text names, in any order and case; None if it names none."""
    named = ",".join(sorted({name.strip() for name in text.lower().split(",")}))
    return named if named in FORMATS else None


def _parse_format(key: str, text: str) -> str:
    if (known := format_of(text)) is None:
        raise BadOption(f"{key} must be csv, parquet or csv,parquet, not {_shown(text)}")
    return known


def _parse_flag(key: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadOption(f"{key} must be true or false, not {_shown(text)}")
    return text.lower() == "true"


def _parse_name(key: str, text: str) -> str:
    if not text or "/" in text or text in (".", ".."):
        raise BadOption(f"{key} must be the name of an object in the same folder")
    return text


def _parse_again(key: str, text: str) -> str:
    if not text or len(text) > 100:
        raise BadOption(f"{key} must be a text of your own of 1 to 100 characters, such as a date")
    return text


def _parse_level(key: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise BadOption(f"{key} must be a level from 0 to 9, not {_shown(text)}")
    return int(text)


def parse_reference(text: str) -> date | None:
    """The first day of the month in `2025-08` or `2025-08-15`; None for another text."""
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01").replace(day=1)
    except ValueError:
        return None


def _parse_month(key: str, text: str) -> str:
    month = parse_reference(text)
    if month is None:
        raise BadOption(f"{key} must be a month such as 2025-08, not {_shown(text)}")
    return month.isoformat()


def _parse_dataset(key: str, text: str) -> str:
    if not re.fullmatch(r"([a-z0-9.:-]+\.)?[A-Za-z0-9_]{1,1024}", text):
        raise BadOption(f"{key} must be DATASET or PROJECT.DATASET, not {_shown(text)}")
    return text


def _shown(text: str) -> str:
    """Quote at most 100 characters."""
    return repr(text if len(text) <= 100 else text[:100] + "…")


_PARSERS: Mapping[str, Callable[[str, str], Any]] = {
    "tables": _parse_names,
    "exclude": _parse_names,
    "system-tables": _parse_flag,
    "charset": _parse_charset,
    "charset-of": _parse_assignments,
    "fix-utf8": _parse_charset,
    "format": _parse_format,
    "binary": _parse_binary,
    "dialect": _parse_dialect,
    "compression": _parse_level,
    "schema-from": _parse_name,
    "schema-sql": _parse_flag,
    "again": _parse_again,
    "strict": _parse_flag,
    "overwrite": _parse_flag,
    "dataset": _parse_dataset,
    "reference": _parse_month,
}
