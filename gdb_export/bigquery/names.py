"""Valid names for tables and columns in BigQuery; the same database always gets the same names.

Knowledge: https://docs.cloud.google.com/bigquery/docs/schemas
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gdb_export.contract.staging_names import STAGING_PREFIX

MAX_NAME = 300
_RESERVED_PREFIXES = (
    "_table_",
    "_file_",
    "_partition",
    "_row_timestamp",
    "__root__",
    "_colidentifier",
    "_change_sequence_number",
    "_change_type",
    "_change_timestamp",
    STAGING_PREFIX,
)
_HASH_LETTERS = 8
# A valid name that cannot begin with a reserved prefix, as almost all names are
_ORDINARY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,299}")


class AddedColumns(NamedTuple):
    """The names of the columns that a load adds: reference month, source, time of the load."""

    month: str = "data_particao"
    source: str = "_source_file"
    loaded_at: str = "_loaded_at"


def table_names(tables: Iterable[str]) -> dict[str, str]:
    """The name in BigQuery of each table of a database."""
    return _distinct_names(tables, ())


def column_names(columns: Iterable[str], added: AddedColumns) -> dict[str, str]:
    """The name in BigQuery of each column of a table; the added columns keep theirs."""
    return _distinct_names(columns, added)


def changed_column_names(columns: Sequence[str]) -> dict[str, str]:
    """The names in BigQuery of the columns whose names there are different."""
    lowered = {name.lower() for name in columns}
    if (
        len(lowered) == len(columns)
        and lowered.isdisjoint(AddedColumns())
        and all(map(_ORDINARY.fullmatch, columns))
    ):
        return {}
    names = column_names(columns, AddedColumns())
    return {column: name for column, name in names.items() if column != name}


def possible_names(name: str) -> tuple[str, str]:
    """The two names that a table or column may have in BigQuery: without and with a hash."""
    valid = valid_name(name)
    return valid, name_with_hash(name)


def distinct_from(names: Mapping[str, str], added: AddedColumns) -> dict[str, str]:
    """The names of columns; a name that equals that of an added column gets a hash."""
    taken = {name.lower() for name in added}
    return {
        column: name_with_hash(column) if name.lower() in taken else name
        for column, name in names.items()
    }


def parse_added_columns(text: str) -> AddedColumns:
    """The names in `MONTH,SOURCE,TIME`.

    Raises ValueError; the caller puts the option's name before the message.
    """
    names = [name.strip() for name in text.split(",")]
    if len(names) != len(AddedColumns._fields):
        raise ValueError(f"must be three names separated by commas, not {text}")
    lowered = [name.lower() for name in names]
    for name in names:
        if valid_name(name) != name or lowered.count(name.lower()) > 1:
            raise ValueError(f"has {name!r}, which is not a valid column name or is given twice")
    return AddedColumns(*names)


def valid_name(name: str) -> str:
    """The name with letters, digits and `_` only, without accents and without a reserved prefix."""
    if _ORDINARY.fullmatch(name):
        return name
    import unicodedata  # imported late: docs/architecture.md

    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    )
    valid = re.sub(r"[^A-Za-z0-9_]", "_", letters) or "_"
    if valid[0].isdigit():
        valid = f"_{valid}"
    if valid.lower().startswith(_RESERVED_PREFIXES):
        valid = f"x{valid}"
    return valid[:MAX_NAME]


def _distinct_names(names: Iterable[str], taken: Sequence[str]) -> dict[str, str]:
    """Valid names that differ by more than case from each other and from the `taken` ones.

    Where several names become equal, one keeps the common name: preferably one that needed no
    change and is in upper case. The others end in a hash of their own letters, so that their names
    don't depend on which other names there are.
    """
    used = {name.lower() for name in taken}
    chosen: dict[str, str] = {}
    for name in sorted(
        names, key=lambda name: (valid_name(name) != name, name != name.upper(), name)
    ):
        valid = valid_name(name)
        if valid.lower() in used:
            valid = name_with_hash(name)
        used.add(valid.lower())
        chosen[name] = valid
    return chosen


def name_with_hash(name: str) -> str:
    """The valid name followed by a hash of the letters of the original one."""
    import hashlib  # imported late: docs/architecture.md

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LETTERS]
    return f"{valid_name(name)[: MAX_NAME - _HASH_LETTERS - 1]}_{digest}"
