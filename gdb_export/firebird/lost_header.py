"""Opening a database, also where its header page is lost or another's: the pages tell the page
size and whether they are older than ODS 12, and which engine's they are shows when the catalogue is
read."""

from collections.abc import Iterator
from contextlib import suppress

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.errors import Damage, DoubtfulHeader, FirebirdError, NoHeader
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.recovery.page_size_probe import (
    SAMPLE_BYTES,
    PageSizeProbe,
    probe_page_size,
)

# The versions whose catalogues are laid out differently, and 10.1 of amd64. A longer layout stands
# behind the shorter one that it begins with, which fits none of its records.
_WITH_CHECKSUMS = (
    ((10, 1), False),
    ((11, 0), False),
    ((11, 1), False),
    ((11, 2), False),
    ((10, 1), True),
)
_WITH_NUMBERS = (((12, 2), False), ((13, 1), False))


@translate_unexpected
def open_database(source: Source) -> Database:
    """Raises FirebirdError, with words that say what the file is instead."""
    try:
        return Database(source)
    except (NoHeader, DoubtfulHeader) as error:
        found = _by_its_pages(source)
        if found is None:
            raise
        reason = f"the header page is lost or wrong ({error}); by its pages this is ODS"
        found.damage.add(Damage(f"{reason} {found.format_label}", page=0))
        return found


def _by_its_pages(source: Source) -> Database | None:
    """The database of the header by which most can be read, if there is any."""
    best: Database | None = None
    for header in _likely_headers(source):
        with suppress(FirebirdError):
            database = Database(source, header)
            if database.tables and not database.damage.count:
                return database
            if best is None or _soundness(database) > _soundness(best):
                best = database
    return best if best is not None and best.tables else None


def _soundness(database: Database) -> tuple[int, int]:
    """More is better: tables of which the format is not lost, and less damage."""
    kept = sum(table.reconstructed_format is None for table in database.tables)
    return kept, -database.damage.count


def _likely_headers(source: Source) -> Iterator[Header]:
    traces = _traces(source)
    if traces is None:
        return
    for version, is_amd64 in _WITH_CHECKSUMS if traces.have_checksums else _WITH_NUMBERS:
        yield Header(
            ods=version,
            ods_original=version,
            page_size=traces.size,
            first_pointer_page=ods.FIRST_POINTER_PAGE,
            oldest_interesting=0,
            next_transaction=0,
            flags=ods.FLAG_DIALECT_3[version[0]],
            is_amd64=is_amd64,
            clumplets={},
        )


def _traces(source: Source) -> PageSizeProbe | None:
    """From the first pages; where these are lost, too, from the middle of the file."""
    largest = max(ods.PAGE_SIZES)
    for begin in (0, source.size // 2 // largest * largest):
        traces = probe_page_size(source.read(begin, SAMPLE_BYTES), begin)
        if traces is not None:
            return traces
    return None
