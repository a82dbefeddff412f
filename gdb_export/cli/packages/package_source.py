"""Reads the manifest of an exported ZIP or folder, or makes one from a database."""

import json
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gdb_export.options import BadOption
from gdb_export.version import NAME
from gdb_export.zip.member_names import MANIFEST


def read_package(location: str, exit_stack: ExitStack) -> dict[str, Any]:
    """The manifest of an export; or a manifest made from a database, without reading its rows.

    Raises BadOption for a ZIP without a manifest, and the errors of opening.
    """
    package = package_of_export(location)
    return _package_of_database(location, exit_stack) if package is None else package


def package_of_export(location: str) -> dict[str, Any] | None:
    """The manifest of a ZIP, of a folder, or of its datapackage.json; None for another file.

    Raises BadOption for a ZIP without a manifest.
    """
    path = Path(location)
    if path.is_dir():
        path = path / MANIFEST
    if path.name == MANIFEST:
        return _parsed(path.read_bytes(), location)
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if MANIFEST not in archive.namelist():
                raise BadOption(f"{location} is a ZIP without {MANIFEST}: give an export of {NAME}")
            return _parsed(archive.read(MANIFEST), location)
    return None


def _parsed(text: bytes, location: str) -> dict[str, Any]:
    try:
        package = json.loads(text)
    except ValueError as error:
        raise BadOption(f"{location}: {MANIFEST} is not JSON: {error}") from error
    if not isinstance(package, dict) or "x-source" not in package:
        raise BadOption(f"{location}: {MANIFEST} is not the manifest of an export of {NAME}")
    return package


def _package_of_database(location: str, exit_stack: ExitStack) -> dict[str, Any]:
    # imported late: docs/architecture.md
    from gdb_export.chunks.opening import open_chunks
    from gdb_export.cli.packages.description import describe
    from gdb_export.firebird.definitions.definitions import Definitions
    from gdb_export.library.locations import open_sources

    (opened,) = open_sources([location], exit_stack, False)
    reader = open_chunks(opened).reader
    return describe(reader, opened.info(), Definitions(reader))
