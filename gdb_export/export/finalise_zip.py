"""The end of a ZIP: the manifest and the directory, from what was told of its members."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.manifest import SourceInfo, TableEntry, manifest
from gdb_export.export.parts import PartialMember
from gdb_export.export.warning_texts import database_warnings, table_warnings
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.options import ExportOptions
from gdb_export.zip.crc32 import combine, crc32
from gdb_export.zip.deflate import DEFAULT_LEVEL, END_OF_STREAM, ChunkDeflater
from gdb_export.zip.member_names import MANIFEST, member_name
from gdb_export.zip.zip_stream import ZipStream


class ExportResult(NamedTuple):
    """What was exported; `bytes` is the ZIP's length, `ods` as "10.1", or
    "gbak 6" of a backup."""

    tables: int
    rows: int
    bytes: int
    warnings: tuple[str, ...]
    ods: str


def table_entries(tables: Sequence[Table], pieces: Iterable[PartialMember]) -> list[TableEntry]:
    """What all pieces of a table come to, table by table in the order of the pieces."""
    by_name = {table.name: table for table in tables}
    entries: dict[str, TableEntry] = {}
    for piece in pieces:
        before = entries.get(piece.table)
        if before is None:
            account = TableStats(DamageLog(piece.table))
            table, path, size, crc = by_name[piece.table], member_name(piece.table), 0, 0
        else:
            table, path, size, crc = before.table, before.path, before.size, before.crc
            account = before.account
        account.add(piece.account)
        crc = combine(crc, piece.crc, piece.size)
        entries[piece.table] = TableEntry(table, path, size + piece.size, crc, account)
    return list(entries.values())


def finalise_zip(
    archive: ZipStream,
    contents: DatabaseReader,
    damage: DamageLog,
    origin: SourceInfo,
    options: ExportOptions,
    pieces: Iterable[PartialMember],
) -> ExportResult:
    """Manifest and directory; `damage` is what was met of the database by all who read it.

    Raises UnreadableDatabase if a damaged database gave not a single row.
    """
    entries = table_entries(contents.tables, pieces)
    _refuse_if_nothing_is_left(damage, entries)
    warnings = _warnings(contents, damage, entries)
    text = manifest(contents, damage, origin, options, entries, warnings)
    _write_whole(archive, MANIFEST, text, options)
    archive.close()
    rows = sum(entry.account.rows for entry in entries)
    return ExportResult(len(entries), rows, archive.offset, tuple(warnings), contents.format_label)


def _refuse_if_nothing_is_left(damage: DamageLog, entries: Sequence[TableEntry]) -> None:
    """A ZIP without a row of a database that had some would look like a success."""
    damaged = [log for log in (damage, *(e.account.damage for e in entries)) if log.count]
    if damaged and not any(entry.account.rows for entry in entries):
        raise UnreadableDatabase(
            "the database is cut off or damaged so far that no row of any table can be read:"
            f" {damaged[-1].entries[0].place()}"
        )


def _warnings(
    contents: DatabaseReader, damage: DamageLog, entries: Sequence[TableEntry]
) -> list[str]:
    names = [entry.table.name for entry in entries]
    warnings = list(database_warnings(damage, contents.tables, names))
    for entry in entries:
        warnings += table_warnings(entry.account)
    return warnings


def _write_whole(archive: ZipStream, name: str, content: bytes, options: ExportOptions) -> None:
    """A member that is at hand as a whole."""
    level = DEFAULT_LEVEL if options.compression is None else options.compression
    deflater = ChunkDeflater(level)
    archive.begin(name, is_large=False)
    archive.write(deflater.compress(content) + deflater.finish() + END_OF_STREAM)
    archive.end(crc32(content), len(content))
