"""Opens a database, also if its header page is lost or belongs to another database.

The page-size probe finds the page size and whether the pages are older than ODS 12. The ODS version
is the one with which most of the catalogue can be read.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.errors import (
    Damage,
    DoubtfulHeader,
    FirebirdError,
    NoHeader,
    UnreadableDatabase,
)
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.difference_file import reject_difference_file
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.recovery.page_size_probe import (
    SAMPLE_BYTES,
    PageSizeProbe,
    probe_page_size,
)

if TYPE_CHECKING:
    from gdb_export.firebird.recovery.foreign_schema import ForeignSchema

# (ODS, is_amd64) of each different layout of the catalogue. A layout comes before the longer one
# that begins with it: the shorter one fits no record of the longer one.
_WITH_CHECKSUMS = (
    ((10, 1), False),
    ((11, 0), False),
    ((11, 1), False),
    ((11, 2), False),
    ((10, 1), True),
)
_INTERBASE = ((11, 2), (13, 2), (15, 0), (16, 0), (16, 1), (19, 0))
_WITH_NUMBERS = (((12, 2), False), ((13, 1), False), ((14, 0), False))


@translate_unexpected
def open_database(
    source: Source, schema: Database | None = None, schema_file: str = ""
) -> Database:
    """Open a database. Raises FirebirdError; for other files its message names the type of file.

    `schema` is another copy of the database, from the file `schema_file`: it gives the definitions
    of the tables that this one has lost.
    """
    foreign = None if schema is None else _foreign_schema(schema, schema_file)
    try:
        return Database(source, schema=foreign)
    except (NoHeader, DoubtfulHeader) as error:
        reject_difference_file(source)
        database = _open_by_pages(source, schema, foreign)
        if database is None:
            if schema is not None:
                raise UnreadableDatabase(
                    f"no page that is left belongs to a table of {schema_file}, or its records do"
                    f" not fit: {error}"
                ) from error
            # imported late: docs/architecture.md
            from gdb_export.firebird.recovery.lost_catalogue import reject_lost_catalogue

            reject_lost_catalogue(source, _candidate_headers(source))
            raise
        reason = f"the header page is lost or wrong ({error}); by its pages this is ODS"
        database.damage.add(Damage(f"{reason} {database.format_label}", page=0))
        return database


def _foreign_schema(schema: Database, file: str) -> "ForeignSchema":
    # imported late: docs/architecture.md
    from gdb_export.firebird.recovery.foreign_schema import ForeignSchema

    return ForeignSchema(file, schema.tables, schema.format)


def _open_by_pages(
    source: Source, schema: Database | None, foreign: "ForeignSchema | None"
) -> Database | None:
    """The database, opened with the candidate header that reads most; None if none does."""
    best: Database | None = None
    headers = _candidate_headers(source)
    for header in headers if schema is None else _headers_like(schema.header, headers):
        with suppress(FirebirdError):
            database = Database(source, header, schema=foreign)
            if database.tables and not database.damage.count:
                return database
            if best is None or _soundness(database) > _soundness(best):
                best = database
    return best if best is not None and best.tables else None


def _headers_like(copied: Header, headers: Iterable[Header]) -> Iterator[Header]:
    """One candidate header with the version of `copied`, the header of another copy of the
    database; none if the pages can't be of that version."""
    for header in headers:
        if (header.layout_major < 12) == (copied.layout_major < 12):
            yield header._replace(
                ods=copied.ods,
                ods_original=copied.ods_original,
                flags=ods.FLAG_DIALECT_3[copied.layout_major] if copied.dialect == 3 else 0,
                is_amd64=copied.is_amd64,
                is_interbase=copied.is_interbase,
            )
            return


def _soundness(database: Database) -> tuple[int, int]:
    """Sort key, the best is the highest: tables with a stored format, then least damage."""
    sound_tables = sum(table.reconstructed_format is None for table in database.tables)
    return sound_tables, -database.damage.count


def _candidate_headers(source: Source) -> Iterator[Header]:
    """Headers with the page size of the file, one for each layout of the catalogue."""
    probe = _probe(source)
    if probe is None:
        return
    for version, is_amd64 in _WITH_CHECKSUMS if probe.have_checksums else _WITH_NUMBERS:
        yield _header(probe.size, version, is_amd64, ods.FLAG_DIALECT_3[version[0]])
    for version in _INTERBASE if probe.have_checksums else ():
        flags = ods.FLAG_DIALECT_3[interbase.LAYOUT_VERSION[0]]
        yield _header(probe.size, version, False, flags, is_interbase=True)


def _header(
    page_size: int,
    version: tuple[int, int],
    is_amd64: bool,
    flags: int,
    is_interbase: bool = False,
) -> Header:
    return Header(
        ods=version,
        ods_original=version,
        page_size=page_size,
        first_pointer_page=ods.FIRST_POINTER_PAGE,
        oldest_interesting=0,
        next_transaction=0,
        flags=flags,
        is_amd64=is_amd64,
        clumplets={},
        is_interbase=is_interbase,
    )


def _probe(source: Source) -> PageSizeProbe | None:
    """Probe the start of the file and, if no pages are there, its middle."""
    largest = max(ods.PAGE_SIZES)
    for begin in (0, source.size // 2 // largest * largest):
        probe = probe_page_size(source.read(begin, SAMPLE_BYTES), begin)
        if probe is not None:
            return probe
    return None
