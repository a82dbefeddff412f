"""From a file to what an export reads: a database, or a backup of one."""

from gdb_export.chunks.chunks import CHUNK_BYTES, ChunkSource
from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.lost_header import open_database

_FIRST_BYTES = 16


def open_chunks(source: Source) -> ChunkSource:
    """Raises FirebirdError, with words that say what the file is instead."""
    first = source.read(0, _FIRST_BYTES)
    if first[:1] == bytes([PageType.HEADER]):
        return PageChunks(open_database(source))
    # only here: what reads backups takes a tenth of a second to load
    from gdb_export.firebird.gbak.header import is_backup

    if not is_backup(first):
        return PageChunks(open_database(source))
    from gdb_export.chunks.backup_chunks import BackupChunks
    from gdb_export.firebird.gbak.backup import Backup

    return BackupChunks(Backup(source, CHUNK_BYTES))
