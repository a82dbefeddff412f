"""Rows of system tables as dictionaries, and the choice of the implementation that reads them.

The compiled implementation is used unless it is not installed or the environment has PURE_PYTHON=1.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from gdb_export.firebird.catalogue.interbase_tables import (
    StoredLayouts,
    interbase_layout,
    stored_layouts,
    with_charset_ids,
)
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.system_tables import (
    USED_FIELDS,
    CatalogueRow,
    SystemLayout,
    system_layout,
)
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Format
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

# More rows than any catalogue has; limits the memory that a damaged file can take
_MAX_ROWS = 1_000_000

__all__ = ["COMPILED", "CatalogueRow", "SystemRow", "SystemRows", "catalogue_rows", "system_rows"]


def system_rows(
    pages: Iterable[DataPage],
    layout: SystemLayout,
    header: Header,
    records: Records,
    log: DamageLog,
    implementation: type[ReferenceSystemRows] = SystemRows,
    layouts: StoredLayouts = MappingProxyType({}),
    wanted: frozenset[str] = USED_FIELDS,
) -> Iterator[SystemRow]:
    """The wanted fields of the rows of a system table in page order; damaged rows are logged and
    left out."""
    rows = implementation(layout, header, records, log, layouts, wanted)
    count = 0
    for page in pages:
        page_rows = rows.of_page(page)
        count += len(page_rows)
        if count > _MAX_ROWS:
            log.add(Damage(f"a system table of more than {_MAX_ROWS} rows", page.number))
            return
        yield from page_rows


def catalogue_layout(relation: int, header: Header) -> SystemLayout:
    """The layout of one of the tables in SYSTEM_FIELDS."""
    choose = interbase_layout if header.is_interbase else system_layout
    return choose(relation, header)


def catalogue_rows(
    relation: int,
    pages: Iterable[DataPage],
    header: Header,
    records: Records,
    log: DamageLog,
    implementation: type[ReferenceSystemRows] = SystemRows,
    formats: Mapping[int, Format] = MappingProxyType({}),
    wanted: frozenset[str] = USED_FIELDS,
) -> Iterator[CatalogueRow]:
    """The rows of one of the tables in SYSTEM_FIELDS, whose layout fixes the type of each field.

    `formats` are those of the table in RDB$FORMATS (InterBase).
    """
    layout = catalogue_layout(relation, header)
    layouts = stored_layouts(layout, formats)
    rows = system_rows(pages, layout, header, records, log, implementation, layouts, wanted)
    catalogue = cast("Iterator[CatalogueRow]", rows)
    if header.is_interbase and relation == ods.RELATION_FIELDS and "CHARACTER_SET_ID" in wanted:
        return with_charset_ids(catalogue)
    return catalogue
