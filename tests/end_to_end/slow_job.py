"""Runs the real job with a delay of 0.1 s per table, so that tests can interrupt it."""

import runpy
import time
from typing import Any

from gdb_export.progress import Progress

begin_table = Progress.begin_table


def begin_table_slowly(self: Progress, *arguments: Any) -> None:
    time.sleep(0.1)
    begin_table(self, *arguments)


Progress.begin_table = begin_table_slowly  # type: ignore[method-assign]
runpy.run_module("job", run_name="__main__", alter_sys=True)
