"""What a person may ask for with an upload: `export-…` keys of the object's custom metadata."""

import re
from collections.abc import Callable, Mapping
from typing import Any

PREFIX = "export-"


class BadOption(Exception):
    """An option has an invalid value. The message names the option and the allowed values."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(f"{option}: {message}" if option else message)
        self.option = option


def options_from_metadata(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The options that were chosen, checked, named as the job names them.

    Keys without the prefix are other people's and left aside; one with it that is not known
    raises BadOption, as it would otherwise be a wish that nobody hears.
    """
    chosen = {}
    for key, text in metadata.items():
        lowered = key.lower()
        if not lowered.startswith(PREFIX):
            continue
        name = lowered.removeprefix(PREFIX)
        if name not in _READERS:
            known = ", ".join(PREFIX + known for known in _READERS)
            raise BadOption(f"{_shown(key)} is not an option; the options are {known}")
        chosen[name] = _READERS[name](lowered, text.strip())
    return chosen


def _names(key: str, text: str) -> list[str]:
    import csv  # imported late: docs/architecture.md

    try:
        names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    except csv.Error:
        names = []
    if not names or not all(names):
        raise BadOption(f"{key} must be table names separated by commas, not {_shown(text)}")
    return names


def _charset(key: str, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{1,30}", text):
        raise BadOption(f"{key} must be a Firebird character set as WIN1252, not {_shown(text)}")
    return text.upper()


def _binary(key: str, text: str) -> str:
    if text.lower() not in ("hex", "base64"):
        raise BadOption(f"{key} must be hex or base64, not {_shown(text)}")
    return text.lower()


def _flag(key: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadOption(f"{key} must be true or false, not {_shown(text)}")
    return text.lower() == "true"


def _level(key: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise BadOption(f"{key} must be a level from 0 to 9, not {_shown(text)}")
    return int(text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else text[:100] + "…")


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "tables": _names,
    "exclude": _names,
    "charset": _charset,
    "binary": _binary,
    "compression": _level,
    "strict": _flag,
    "overwrite": _flag,
}
