"""Both twins of csv_rows, for tests that run on each."""

import os

import pytest

from gdb_export import csv_rows
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.reference_images import ReferenceImages

TWINS = ("plain", "fast")


def require_kernel() -> None:
    """Without the compiled twin a skip, and in CI a failure."""
    if not csv_rows.COMPILED:
        if os.environ.get("CI"):
            pytest.fail("the kernel is not compiled")
        pytest.skip("the kernel is not compiled: only the plain twin is tested")


def twin(name: str) -> type[ReferenceRows]:
    """The class of a twin by its name."""
    if name == "plain":
        return ReferenceRows
    require_kernel()
    from gdb_export.csv_rows.compiled import CompiledRows

    return CompiledRows


def images_twin(name: str) -> type[ReferenceImages]:
    """The same for images that lie in no page."""
    if name == "plain":
        return ReferenceImages
    require_kernel()
    from gdb_export.csv_rows.compiled_images import CompiledImages

    return CompiledImages
