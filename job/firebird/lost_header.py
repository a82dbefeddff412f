"""Opening a database, also where its header page is lost or another's: the pages tell the page
size and whether they are older than ODS 12, and which engine's they are shows when the catalogue is
read."""

from collections.abc import Iterator
from contextlib import suppress

from job.firebird import ods
from job.firebird.database import Database
from job.firebird.door import guarded
from job.firebird.errors import Damage, DoubtfulHeader, FirebirdError, NoHeader
from job.firebird.header import Header
from job.firebird.page_traces import SAMPLE_BYTES, PageTraces, page_traces
from job.firebird.source import Source

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


@guarded
def open_database(source: Source) -> Database:
    """Raises FirebirdError, with words that say what the file is instead."""
    try:
        return Database(source)
    except (NoHeader, DoubtfulHeader) as error:
        found = _by_its_pages(source)
        if found is None:
            raise
        reason = f"the header page is lost or wrong ({error}); by its pages this is ODS"
        found.damage.add(Damage(f"{reason} {found.structure}", page=0))
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
    kept = sum(table.made_format is None for table in database.tables)
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


def _traces(source: Source) -> PageTraces | None:
    """From the first pages; where these are lost, too, from the middle of the file."""
    largest = max(ods.PAGE_SIZES)
    for begin in (0, source.size // 2 // largest * largest):
        traces = page_traces(source.read(begin, SAMPLE_BYTES), begin)
        if traces is not None:
            return traces
    return None
