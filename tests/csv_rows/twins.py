"""Both twins of csv_rows, for tests that run on each."""

import os

import pytest

from job import csv_rows
from job.csv_rows.plain import PlainRows
from job.csv_rows.plain_images import PlainImages

TWINS = ("plain", "fast")


def require_kernel() -> None:
    """Without the compiled twin a skip, and in CI a failure."""
    if not csv_rows.COMPILED:
        if os.environ.get("CI"):
            pytest.fail("the kernel is not compiled")
        pytest.skip("the kernel is not compiled: only the plain twin is tested")


def twin(name: str) -> type[PlainRows]:
    """The class of a twin by its name."""
    if name == "plain":
        return PlainRows
    require_kernel()
    from job.csv_rows.fast import FastRows

    return FastRows


def images_twin(name: str) -> type[PlainImages]:
    """The same for images that lie in no page."""
    if name == "plain":
        return PlainImages
    require_kernel()
    from job.csv_rows.fast_images import FastImages

    return FastImages
