"""The outputs of an export: a ZIP of CSVs, a folder of Parquet files, or both."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from gdb_export.library.destinations import check_destination
from gdb_export.library.locations import SCHEME
from gdb_export.options import CSV, CSV_AND_PARQUET, PARQUET, BadOption

_SUFFIX = ".zip"


class Output(NamedTuple):
    """A location and what is written there, in the format CSV or PARQUET."""

    location: str
    format: str


def outputs(
    destination: str, sources: Sequence[str], export_format: str = CSV
) -> tuple[Output, ...]:
    """The output at `destination`; for both formats the ZIP there and the folder beside it.

    `sources` are the locations of the source's files. Raises BadOption for both formats if
    `destination` does not name a ZIP.
    """
    if export_format != CSV_AND_PARQUET:
        return (Output(destination, export_format),)
    if not destination.lower().endswith(_SUFFIX):
        raise BadOption(
            f"{destination}: csv,parquet writes a ZIP and a folder beside it: name the ZIP, such as"
            f" {destination}{_SUFFIX}, or an existing folder for both",
            "destination",
        )
    stem = destination[: -len(_SUFFIX)]
    if any(stem in (source, os.path.normpath(source)) for source in sources):
        stem += "-parquet"
    folder = f"{stem}/" if destination.startswith(SCHEME) else stem
    return Output(destination, CSV), Output(folder, PARQUET)


def check_outputs(
    written: Sequence[Output],
    sources: Sequence[str],
    statuses: Sequence[os.stat_result],
    overwrite: bool,
) -> None:
    """Raise BadOption as `check_destination` does for each output."""
    for output in written:
        check_destination(output.location, sources, statuses, overwrite, output.format)
