"""From a file to what an export reads: a database, or a backup of one."""

from job.chunks import ChunkSource
from job.firebird.lost_header import open_database
from job.firebird.ods import PageType
from job.firebird.source import Source
from job.page_chunks import PageChunks

_FIRST_BYTES = 16


def open_chunks(source: Source) -> ChunkSource:
    """Raises FirebirdError, with words that say what the file is instead."""
    first = source.read(0, _FIRST_BYTES)
    if first[:1] == bytes([PageType.HEADER]):
        return PageChunks(open_database(source))
    # only here: what reads backups takes a tenth of a second to load
    from job.firebird.gbak.opening import is_backup

    if not is_backup(first):
        return PageChunks(open_database(source))
    from job.backup_chunks import BackupChunks
    from job.firebird.gbak.backup import Backup

    return BackupChunks(Backup(source))
