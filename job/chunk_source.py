"""From a file to what an export reads: a database."""

from job.chunks import ChunkSource
from job.firebird.database import Database
from job.firebird.source import Source
from job.page_chunks import PageChunks


def open_chunks(source: Source) -> ChunkSource:
    """Raises FirebirdError, with words that say what the file is instead."""
    return PageChunks(Database(source))
