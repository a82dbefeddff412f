"""Opens a file as a source of chunks: a database or a backup."""

from collections.abc import Sequence

from gdb_export.chunks import sizes
from gdb_export.chunks.chunks import ChunkSource
from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.csv_rows import IMPLEMENTATION, REFERENCE, CsvImplementation
from gdb_export.firebird.core.errors import FirebirdError, UnreadableDatabase
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.database import Database
from gdb_export.firebird.opening import open_database
from gdb_export.options import BadOption

_FIRST_BYTES = 100  # the header of a volume; the other types are recognised by fewer bytes


def open_chunks(
    source: Source,
    implementation: CsvImplementation = IMPLEMENTATION,
    volumes: Sequence[Source] = (),
    schema: Source | None = None,
) -> ChunkSource:
    """Open a database or a backup. Raises FirebirdError, whose message names the type of any
    other file, and BadOption for `volumes` or `schema` that the source has no use for.

    `volumes` are the further volumes of a split backup; without them they are found in the folder
    of the source. `schema` is another copy of a damaged database, which gives the definitions of
    tables that the source has lost.
    """
    first = source.read(0, _FIRST_BYTES)
    if first[:1] == bytes([PageType.HEADER]):
        _reject_volumes(source, volumes)
        return PageChunks(_open(source, schema), implementation.rows)
    # imported late: docs/architecture.md
    from gdb_export.firebird.gbak.header import is_backup
    from gdb_export.firebird.volumes import join_volumes, volume_header

    if volume_header(first) is not None:
        source = join_volumes(source, volumes)
        first = source.read(0, _FIRST_BYTES)
    else:
        _reject_volumes(source, volumes)
    if not is_backup(first):
        return PageChunks(_open(source, schema), implementation.rows)
    from gdb_export.chunks.backup_chunks import BackupChunks
    from gdb_export.firebird.gbak.backup import Backup
    from gdb_export.firebird.gbak.backup_row_batch import compiled_row_batch, no_row_batch

    if schema is not None:
        raise BadOption(f"{source.name} is a backup, which has its own definitions", "schema-from")
    make_batch = no_row_batch if implementation is REFERENCE else compiled_row_batch
    return BackupChunks(Backup(source, sizes.CHUNK_BYTES, make_batch), implementation.images)


def adjacent_copy(source: Source, name: str) -> Source:
    """Another copy of a database in the folder of the source; raises BadOption if there is none."""
    copy = source.open_adjacent(name)
    if copy is None:
        raise BadOption(f"there is no {name} in the folder of {source.name}", "schema-from")
    return copy


def _reject_volumes(source: Source, volumes: Sequence[Source]) -> None:
    if volumes:
        raise BadOption(f"{source.name} is not a volume of a split backup", "volume")


def _open(source: Source, schema: Source | None) -> Database:
    if schema is None:
        return open_database(source)
    try:
        definitions = open_database(schema)
    except FirebirdError as error:
        reason = f"{schema.name} gives no definitions: {error}"
        raise UnreadableDatabase(reason) from error
    return open_database(source, definitions, schema.name)
