"""The manifest of an export, or of a database, which is exported into a temporary folder."""

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gdb_export.cli.packages.package_source import package_of_export
from gdb_export.export.export import export
from gdb_export.files.local_files import LocalDestination
from gdb_export.library.locations import open_sources
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress


def exported_package(location: str) -> dict[str, Any]:
    """The manifest of an export, or of a database that is exported into a temporary folder.

    Warnings of the export are printed. Raises the errors of opening and exporting.
    """
    package = package_of_export(location)
    if package is None:
        package = _exported(location)
    for warning in package.get("x-warnings", []):
        print(f"warning: {location}: {warning}", file=sys.stderr)
    return package


def _exported(location: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder, ExitStack() as exit_stack:
        (source,) = open_sources([location], exit_stack, True)
        path = Path(folder, "export.zip")
        options = ExportOptions(compression=1)
        export(source, source.info(), LocalDestination(path), options, Progress())
        package = package_of_export(str(path))
    assert package is not None
    # The compression was chosen for speed: it must not count as a difference in the options.
    package["x-options"]["compression"] = None
    return package
