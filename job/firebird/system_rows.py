"""Rows of system tables as dictionaries: picks the twin that reads them.

The compiled one, unless it is not there or the environment has PURE_PYTHON=1.
"""

import os
from collections.abc import Iterable, Iterator

from job.firebird.damage import DamageLog
from job.firebird.errors import Damage
from job.firebird.header import Header
from job.firebird.pages import DataPage
from job.firebird.plain_system_rows import PlainSystemRows, Row
from job.firebird.records import Records
from job.firebird.system_tables import SystemLayout

SystemRows = PlainSystemRows
COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from job.firebird.fast_system_rows import FastSystemRows as SystemRows

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name != "job.firebird._system_rows":
            raise

# More rows than the catalogue of any database has; a bound for memory
_MOST_ROWS = 1_000_000

make_system_rows = SystemRows

__all__ = ["COMPILED", "Row", "SystemRows", "system_rows"]


def system_rows(
    pages: Iterable[DataPage],
    layout: SystemLayout,
    header: Header,
    records: Records,
    log: DamageLog,
) -> Iterator[Row]:
    """Rows by field name, without RDB$; what is damaged is logged and left out."""
    rows = make_system_rows(layout, header, records, log)
    count = 0
    for page in pages:
        of_page = rows.of_page(page)
        count += len(of_page)
        if count > _MOST_ROWS:
            log.add(Damage(f"a system table of more than {_MOST_ROWS} rows", page.number))
            return
        yield from of_page
