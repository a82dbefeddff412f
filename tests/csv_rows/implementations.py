"""The implementations of csv_rows by name, for tests that run on each."""

import os
from collections.abc import Callable
from functools import partial

import pytest

from gdb_export import csv_rows
from gdb_export.chunks.chunks import ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.csv_rows import CsvImplementation
from gdb_export.firebird.core.source import Source

REFERENCE, COMPILED = "reference", "compiled"
IMPLEMENTATIONS = (REFERENCE, COMPILED)


def require_kernel() -> None:
    """Skip the test if the kernel is not compiled; in CI fail it."""
    if not csv_rows.COMPILED:
        if os.environ.get("CI"):
            pytest.fail("the kernel is not compiled")
        pytest.skip("the kernel is not compiled: only the reference implementation is tested")


def implementation(name: str) -> CsvImplementation:
    if name == COMPILED:
        require_kernel()
        return csv_rows.IMPLEMENTATION
    assert name == REFERENCE
    return csv_rows.REFERENCE


def opener(csv_implementation: CsvImplementation) -> Callable[[Source], ChunkSource]:
    """The function that opens sources for an export by this implementation."""
    return partial(open_chunks, implementation=csv_implementation)
