"""Databases and backups as Python objects: `gdb_export.open`."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import BinaryIO

from gdb_export.chunks.opening import open_chunks
from gdb_export.chunks.text_options import text_decoder
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.selection import exportable_tables, stored_system_tables
from gdb_export.export.warning_texts import database_warnings
from gdb_export.firebird.catalogue import columns as catalogue
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.library.byte_sources import BytesReader, FileReader, ReadAt, ReadAtSource
from gdb_export.library.checked_export import Exported, ExportSource, checked_export
from gdb_export.library.destinations import choose_destination, file_status
from gdb_export.library.locations import open_sources
from gdb_export.library.table import Table
from gdb_export.options import STANDARD, BadOption, ExportOptions, known_format, known_workers
from gdb_export.progress import Progress, Snapshot

Openable = str | os.PathLike[str] | bytes | bytearray | memoryview | ReadAt | BinaryIO

_IN_MEMORY = "database"  # the name of a source without a file name


def open(
    source: Openable,
    *,
    charset: str = "WIN1252",
    charset_of: Mapping[str, str] = MappingProxyType({}),
    fix_utf8: str | None = None,
    volumes: Iterable[str | os.PathLike[str]] = (),
    schema_from: str | os.PathLike[str] | None = None,
) -> "Database":
    """Open a Firebird database or a gbak backup for reading.

    `source` is a path, `gs://bucket/name`, bytes, a binary file that can seek, or an object with
    `size` and `read_at(offset, length)`. `charset` decodes the text of columns that declare no
    character set (NONE and ASCII); `auto` decodes as UTF-8 where a value is valid UTF-8, otherwise
    as WIN1252. `charset_of` gives columns, as `TABLE.COLUMN`, another set than they declare;
    `fix_utf8` is the set of values in UTF8 columns that are not valid UTF-8. `volumes` are the
    locations of the further volumes of a split backup; without them they are found in the folder of
    the first one. `schema_from` is the location of another copy of a damaged database, which gives
    the definitions that it has lost.

    Raises FirebirdError if the bytes are not a readable database, OSError, and BadOption for an
    unknown character set. The result is a context manager.

    >>> with gdb_export.open(EXAMPLE) as db:
    ...     db.format_label, len(db.tables)
    ('10.1', 19)
    """
    return Database(source, charset, charset_of, fix_utf8, volumes, schema_from)


class Database:
    """An open database or backup.

    >>> with gdb_export.open(EXAMPLE) as db:
    ...     list(db.tables)[:2]
    ['T_ALL', 'T_BLOB']
    """

    def __init__(
        self,
        source: Openable,
        charset: str = "WIN1252",
        charset_of: Mapping[str, str] = MappingProxyType({}),
        fix_utf8: str | None = None,
        volumes: Iterable[str | os.PathLike[str]] = (),
        schema_from: str | os.PathLike[str] | None = None,
    ) -> None:
        pairs = tuple(f"{column}={name}" for column, name in charset_of.items())
        self._options = ExportOptions(charset=charset, charset_of=pairs, fix_utf8=fix_utf8)
        with ExitStack() as exit_stack:
            export_source = _open_files(source, volumes, exit_stack)
            copies = [] if schema_from is None else [os.fspath(schema_from)]
            schemas = open_sources(copies, exit_stack, reads_everything=False)
            self._opener = partial(
                open_chunks, volumes=export_source.files[1:], schema=schemas[0] if schemas else None
            )
            self._source = export_source._replace(
                files=(*export_source.files, *schemas),
                locations=(*export_source.locations, *copies),
            )
            self._opened = self._opener(self._source.reader)
            self._definitions = Definitions(self._opened.reader)
            self._decoder = text_decoder(self._options, self._opened.reader)
            self._tables = self._by_name(exportable_tables(self._opened.reader.tables))
            self._system_tables: dict[str, Table] | None = None
            self._close = exit_stack.pop_all()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        name = self._source.reader.name
        return f"<Database {name}: {self.format_label}, {len(self._tables)} tables>"

    def close(self) -> None:
        """Close the source. Tables can't be read any more."""
        self._close.close()

    @property
    def format_label(self) -> str:
        """The on-disk structure as `10.1`, or the format of a backup as `gbak 6`.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     db.format_label
        '10.1'
        """
        return self._opened.reader.format_label

    @property
    def page_size(self) -> int:
        """The page size in bytes."""
        return self._opened.reader.page_size

    @property
    def dialect(self) -> int:
        """The SQL dialect, 1 or 3."""
        return self._opened.reader.dialect

    @property
    def default_charset(self) -> str:
        """The database's default character set; `NONE` where there is none."""
        return self._opened.reader.default_charset

    @property
    def tables(self) -> Mapping[str, Table]:
        """The user's tables by name, in name order. Views and external tables are not among them:
        their rows are not in the file.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     db.tables["T_DOM"]
        <Table T_DOM: 5 columns>
        """
        return MappingProxyType(self._tables)

    @property
    def system_tables(self) -> Mapping[str, Table]:
        """The system tables whose rows are in the file, by name, in name order. A backup has none.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     next(iter(db.system_tables["RDB$DATABASE"].rows(["RDB$CHARACTER_SET_NAME"])))
        ('NONE',)
        """
        if self._system_tables is None:
            tables = stored_system_tables(self._opened.reader)
            self._system_tables = self._by_name(tables)
        return MappingProxyType(self._system_tables)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings known so far: damage of the database, and warnings about the rows already read.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     db.warnings
        ()
        """
        reader = self._opened.reader
        warnings = list(database_warnings(reader.damage, reader.tables, list(self._tables)))
        for table in (*self._tables.values(), *(self._system_tables or {}).values()):
            warnings += table.warnings
        return tuple(warnings)

    def export(
        self,
        destination: str | os.PathLike[str] | None = None,
        *,
        tables: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        system_tables: bool = False,
        binary: str = "hex",
        dialect: str = STANDARD,
        schema_sql: bool = False,
        compression: int | None = None,
        workers: int | None = None,
        strict: bool = False,
        overwrite: bool = False,
        format: str = "csv",
        allow_changes: bool = False,
        progress: Callable[[Snapshot], None] | None = None,
    ) -> Exported:
        """Write a ZIP with a CSV for each table, as `gdb-export export` does; or, with the format
        `parquet`, a folder with a Parquet file for each table; or, with `csv,parquet`, both.

        `destination` is a path or `gs://bucket/name`; without one the ZIP or folder is written
        beside the source. `system_tables` adds all system tables to the selected ones; `tables` can
        name some of them. An existing folder gets a ZIP of the source's name. `schema_sql` adds the
        file schema.sql, the data definition in Firebird's dialect. `overwrite` replaces
        only a ZIP or an export folder. `allow_changes` makes a source that changed while it was
        read a warning. `progress` is called at most every two seconds. Raises FirebirdError,
        BadOption (also for a destination that is the source or another database), OSError, and
        Cancelled if `progress` raises it; then nothing appears at the destination.

        >>> with gdb_export.open(EXAMPLE) as db:
        ...     done = db.export("out.zip", tables=["T_DOM"])
        ...     folder = db.export("tables", format="parquet", tables=["T_DOM"])
        >>> done.tables, done.rows
        (1, 30)
        >>> import pyarrow.parquet
        >>> pyarrow.parquet.read_table(folder.location + "/T_DOM.parquet").num_rows
        30
        """
        options = self._options._replace(
            tables=None if tables is None else tuple(tables),
            exclude=tuple(exclude),
            binary=binary,
            dialect=dialect,
            schema_sql=schema_sql,
            strict=strict,
            overwrite=overwrite,
            compression=compression,
            workers=known_workers(workers),
            format=known_format(format),
            system_tables=system_tables,
        )
        return checked_export(
            self._source,
            self._target(destination, options.format),
            options,
            Progress(progress or (lambda snapshot: None)),
            self._opener,
            allow_changes,
        )

    def _by_name(self, tables: Iterable[catalogue.Table]) -> dict[str, Table]:
        return {
            table.name: Table(self._opened, table, self._decoder, self._definitions)
            for table in tables
        }

    def _target(self, destination: str | os.PathLike[str] | None, export_format: str) -> str:
        given = None if destination is None else os.fspath(destination)
        if isinstance(self._source.reader, ReadAtSource):
            if given is None:
                raise BadOption("a database in memory needs a destination", "destination")
            return choose_destination(self._source.reader.name, given, export_format)
        return choose_destination(self._source.locations[0], given, export_format)


def _open_files(
    source: Openable, volumes: Iterable[str | os.PathLike[str]], exit_stack: ExitStack
) -> ExportSource:
    """Open the source and the further volumes, which are closed when `exit_stack` is closed."""
    if isinstance(source, str | os.PathLike):
        locations = [os.fspath(location) for location in (source, *volumes)]
        first, *further = open_sources(locations, exit_stack, reads_everything=True)
        return ExportSource((first, *further), first.info(), tuple(locations))
    readable: ReadAt
    statuses: tuple[os.stat_result, ...] = ()
    if isinstance(source, bytes | bytearray | memoryview):
        readable = BytesReader(source)
    elif isinstance(source, ReadAt):
        readable = source
    else:
        readable = FileReader(source)
        statuses = file_status(source)
    name = Path(str(getattr(source, "name", _IN_MEMORY))).name
    in_memory = ReadAtSource(readable, name)
    info = SourceInfo(name, in_memory.size, None, datetime.fromtimestamp(0, UTC))
    others = [os.fspath(volume) for volume in volumes]
    further = open_sources(others, exit_stack, reads_everything=True)
    return ExportSource((in_memory, *further), info, tuple(others), statuses)
