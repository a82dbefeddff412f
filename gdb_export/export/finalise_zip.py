"""Writes the end of a ZIP: the manifest and the central directory."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.manifest import SourceInfo, TableEntry, manifest
from gdb_export.export.selection import tables_by_name
from gdb_export.export.strictness import refuse_damage
from gdb_export.export.table_members import PartialMember
from gdb_export.export.warning_texts import (
    database_warnings,
    definition_warnings,
    schema_warnings,
    table_warnings,
)
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.options import ExportOptions
from gdb_export.zip.deflate import DEFAULT_LEVEL, END_OF_STREAM, ChunkDeflater, combine_crc32, crc32
from gdb_export.zip.member_names import MANIFEST, SCHEMA, member_name
from gdb_export.zip.zip_stream import ZipStream


class ExportResult(NamedTuple):
    """The result of an export. `bytes` is the length of the ZIP or of the files, `ods` the format
    as "10.1", or "gbak 6" for a backup, `damage` the number of damaged places."""

    tables: int
    rows: int
    bytes: int
    warnings: tuple[str, ...]
    ods: str
    damage: int = 0

    def with_folder(self, folder: "ExportResult") -> "ExportResult":
        """The result of a ZIP and a folder of the same tables: the bytes of both, each warning
        once."""
        known = set(self.warnings)
        further = [warning for warning in folder.warnings if warning not in known]
        return self._replace(bytes=self.bytes + folder.bytes, warnings=(*self.warnings, *further))


def finalise_zip(
    archive: ZipStream,
    reader: DatabaseReader,
    damage_logs: Iterable[DamageLog],
    source_info: SourceInfo,
    options: ExportOptions,
    members: Sequence[PartialMember],
) -> ExportResult:
    """Write the manifest and the central directory.

    `damage_logs` list the damage of the database as a whole, one for each task. Raises
    UnreadableDatabase if the database is damaged and no row was exported.
    """
    damage = merged_damage(damage_logs)
    entries = _table_entries(reader, members)
    refuse_empty_export(damage, entries)
    definitions = read_definitions(reader, options)
    schema = read_schema(reader, options, definitions)
    warnings = [
        *export_warnings(reader, damage, entries),
        *definition_warnings(definitions.damage),
        *schema.warnings,
    ]
    if options.schema_sql:
        _write_member(archive, SCHEMA, schema.content, options)
    text = manifest(
        reader, damage, source_info, options, entries, warnings, definitions, schema.content
    )
    _write_member(archive, MANIFEST, text, options)
    archive.close()
    merged = [damage, definitions.damage]
    return export_result(reader, merged_damage(merged), entries, archive.offset, warnings)


def summarise(
    reader: DatabaseReader,
    damage_logs: Iterable[DamageLog],
    members: Sequence[PartialMember],
    length: int,
) -> ExportResult:
    """The result of an export without a manifest. Raises as `finalise_zip` does."""
    damage = merged_damage(damage_logs)
    entries = _table_entries(reader, members)
    refuse_empty_export(damage, entries)
    return export_result(reader, damage, entries, length, export_warnings(reader, damage, entries))


def read_definitions(reader: DatabaseReader, options: ExportOptions) -> Definitions:
    """The definitions; all that the manifest needs is read, so that their damage is known.

    Raises DamageRefused for damage if the option `strict` is set.
    """
    definitions = Definitions(reader)
    definitions.read_for_manifest()
    refuse_damage(options, definitions.damage, TableStats(DamageLog()))
    return definitions


class SchemaFile(NamedTuple):
    """The content of schema.sql, and a warning if it can't create everything as it was."""

    content: bytes = b""
    warnings: tuple[str, ...] = ()


def read_schema(
    reader: DatabaseReader, options: ExportOptions, definitions: Definitions
) -> SchemaFile:
    """The file schema.sql, empty if the options do not ask for it. Damage that it finds is added to
    that of the definitions.

    Raises DamageRefused for damage if the option `strict` is set.
    """
    if not options.schema_sql:
        return SchemaFile()
    # imported late: docs/architecture.md
    from gdb_export.schema_sql.script import schema_script

    log = DamageLog()
    script = schema_script(reader, log)
    definitions.damage = merged_damage([definitions.damage, log])
    refuse_damage(options, definitions.damage, TableStats(DamageLog()))
    return SchemaFile(script.text.encode("utf-8", "replace"), schema_warnings(script.notes))


def export_result(
    reader: DatabaseReader,
    damage: DamageLog,
    entries: Sequence[TableEntry],
    length: int,
    warnings: Sequence[str],
) -> ExportResult:
    """The result of an export of these entries; `length` is the number of bytes written."""
    rows = sum(entry.stats.rows for entry in entries)
    places = damage.count + sum(entry.stats.damage.count for entry in entries)
    label = reader.format_label
    return ExportResult(len(entries), rows, length, tuple(warnings), label, places)


def merged_damage(logs: Iterable[DamageLog]) -> DamageLog:
    """The union of the logs, each entry once, sorted by position in the database."""
    merged = DamageLog()
    entries: set[DamageEntry] = set()
    for log in logs:
        entries.update(log.entries)
        for note in log.notes:
            merged.note(note)
    merged.entries = sorted(entries, key=DamageEntry.sort_key)
    merged.count = len(entries)
    merged.notes.sort()
    return merged


def _table_entries(reader: DatabaseReader, members: Sequence[PartialMember]) -> list[TableEntry]:
    """The totals of each table over all its partial members, in the order of the members."""
    by_name = tables_by_name(reader, [member.table for member in members])
    entries: dict[str, TableEntry] = {}
    for member in members:
        entry = entries.get(member.table)
        if entry is None:
            stats = TableStats(DamageLog(member.table))
            table, path, size, crc = by_name[member.table], member_name(member.table), 0, 0
        else:
            table, path, size, crc, stats, _ = entry
        stats.add(member.stats)
        crc = combine_crc32(crc, member.crc, member.size)
        entries[member.table] = TableEntry(table, path, size + member.size, crc, stats)
    return list(entries.values())


def refuse_empty_export(damage: DamageLog, entries: Sequence[TableEntry]) -> None:
    """Raise UnreadableDatabase for a damaged database without rows: its ZIP would look like a
    success."""
    damaged = [log for log in (damage, *(e.stats.damage for e in entries)) if log.count]
    if damaged and not any(entry.stats.rows for entry in entries):
        raise UnreadableDatabase(
            "the database is cut off or damaged so far that no row of any table can be read:"
            f" {damaged[-1].entries[0].text()}"
        )


def export_warnings(
    reader: DatabaseReader, damage: DamageLog, entries: Sequence[TableEntry]
) -> list[str]:
    """The warnings about the database, then those about each table."""
    names = [entry.table.name for entry in entries]
    warnings = list(database_warnings(damage, reader.tables, names))
    for entry in entries:
        warnings += table_warnings(entry.stats)
    return warnings


def _write_member(archive: ZipStream, name: str, content: bytes, options: ExportOptions) -> None:
    """Write a complete member at once."""
    level = DEFAULT_LEVEL if options.compression is None else options.compression
    deflater = ChunkDeflater(level)
    archive.begin(name, is_large=False)
    archive.write(deflater.compress(content) + deflater.finish() + END_OF_STREAM)
    archive.end(crc32(content), len(content))
