"""Rows of system tables as dictionaries: picks the twin that reads them.

The compiled one, unless it is not there or the environment has PURE_PYTHON=1.
"""

import os
from collections.abc import Iterable, Iterator

from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, Row
from gdb_export.firebird.catalogue.system_tables import SystemLayout
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.records import Records

SystemRows = ReferenceSystemRows
COMPILED = False
if not os.environ.get("PURE_PYTHON"):
    try:
        from gdb_export.firebird.catalogue.compiled_system_rows import (
            CompiledSystemRows as SystemRows,
        )

        COMPILED = True
    except ModuleNotFoundError as missing:
        if missing.name != "gdb_export.firebird.catalogue._system_rows":
            raise

# More rows than the catalogue of any database has; a bound for memory
_MAX_ROWS = 1_000_000

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
        if count > _MAX_ROWS:
            log.add(Damage(f"a system table of more than {_MAX_ROWS} rows", page.number))
            return
        yield from of_page
