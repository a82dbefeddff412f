"""gdb-export: a database file to a ZIP of CSVs at a terminal, or a look at what is in it."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence

from gdb_export.chunks.chunk_source import open_chunks
from gdb_export.cli.export_not_found import ExportNotFound
from gdb_export.cli.inspection import TableSummary, database_fields, summaries
from gdb_export.cli.locations import beside, destination_at, open_source
from gdb_export.export.export import ExportResult, export
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.garbage_collection import freeze_gc, raise_gc_thresholds
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Cancelled, Progress, Snapshot, TableDone
from gdb_export.version import NAME, VERSION

DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130
_LOCAL_COMMANDS = (["export"], ["inspect"])

_EXAMPLES = """examples:
  gdb-export export BACKUP.GDB                       BACKUP.zip beside it
  gdb-export export BACKUP.GDB out.zip --tables LFCES004,LFCES018
  gdb-export export gs://uploads/BACKUP.GDB          gs://uploads/BACKUP.zip
  gdb-export inspect BACKUP.GDB                      tables, columns and sizes

"""


def command() -> int:
    """What the installed script runs: `main`, and then the process ends."""
    code = main()
    freeze_gc()
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0 done, 1 failed, 2 usage, 130 cancelled."""
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = _parser(is_local=arguments[:1] in _LOCAL_COMMANDS).parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except Cancelled as reason:
        return _fail(f"cancelled: {reason}", CANCELLED)
    except BadOption as error:
        return _fail(str(error), USAGE)
    except (FirebirdError, ExportNotFound, OSError) as error:
        return _fail(_one_line(error), FAILED)
    except MemoryError:
        return _fail("there is not enough memory", FAILED)
    except Exception as error:
        # Only gs:// places load Google's client, whose errors have no base that is worth a load.
        if not type(error).__module__.startswith("google."):
            raise
        return _fail(f"Google Cloud: {_one_line(error)}", FAILED)


def _parser(is_local: bool = False) -> argparse.ArgumentParser:
    """Without the commands of the cloud, whose documents take a while to load, if `is_local`."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Firebird databases to ZIPs of CSVs, without any Firebird engine.",
        epilog=_EXAMPLES,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    export_help = "write a ZIP with a CSV for each table"
    _add_export(commands.add_parser("export", help=export_help, formatter_class=_Help))
    inspect_help = "show what is in a database, without reading it"
    inspect = commands.add_parser("inspect", help=inspect_help, formatter_class=_Help)
    inspect.add_argument("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    inspect.add_argument("--json", action="store_true", help="everything, columns too, as JSON")
    inspect.set_defaults(run=_inspect)
    if not is_local:
        from gdb_export.cli.cloud_commands import EXAMPLES, add_cloud_commands

        add_cloud_commands(commands)
        parser.epilog = _EXAMPLES + EXAMPLES
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal. argparse makes one for each option, and by itself would load
    shutil with all its compressors to learn the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_columns() - 2)


def _terminal_columns() -> int:
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80


def _add_export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    add("destination", metavar="DESTINATION", nargs="?", help="SOURCE with .zip if not given")
    add("--tables", type=_names, metavar="A,B", help="only these tables")
    add("--exclude", type=_names, default=(), metavar="C", help="all tables but these")
    add("--charset", default="WIN1252", help="of texts in NONE and ASCII; WIN1252 if not given")
    add("--binary", choices=("hex", "base64"), default="hex", help="how binary values are written")
    add("--compression", type=int, choices=range(10), metavar="0-9", help="9 is the smallest")
    add("--workers", type=_positive, metavar="N", help="threads; one per core if not given")
    add("--strict", action="store_true", help="fail if anything in the database is damaged")
    add("--overwrite", action="store_true", help="replace an existing destination")
    parser.set_defaults(run=_export)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _export(chosen: argparse.Namespace) -> int:
    raise_gc_thresholds()
    place = chosen.destination or beside(chosen.source)
    options = ExportOptions(
        tables=chosen.tables,
        exclude=chosen.exclude,
        charset=chosen.charset,
        binary=chosen.binary,
        strict=chosen.strict,
        overwrite=chosen.overwrite,
        compression=chosen.compression,
        workers=chosen.workers,
    )
    show = _Bar() if sys.stderr.isatty() else _Lines()
    progress = Progress(show.report, show.table_done, show.interval)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: progress.cancel("interrupted"))
    try:
        with open_source(chosen.source, is_for_all=True) as source:
            destination = destination_at(place, chosen.overwrite)
            result = export(source, source.origin(), destination, options, progress)
    finally:
        show.close()
    _tell(result, destination.uri)
    return DONE


def _tell(result: ExportResult, uri: str) -> None:
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{uri}: {result.tables} tables, {result.rows} rows, {result.bytes} bytes")


class _Lines:
    """One line a table, for logs; those of small tables several at a time."""

    interval = 0.2

    def __init__(self) -> None:
        self._lines: list[str] = []

    def report(self, snapshot: Snapshot) -> None:
        self.close()

    def table_done(self, table: TableDone) -> None:
        self._lines.append(f"{table.name}: {table.rows} rows, {table.bytes} bytes\n")

    def close(self) -> None:
        sys.stderr.write("".join(self._lines))
        self._lines.clear()


class _Bar:
    """A bar that is redrawn, for terminals."""

    interval = 0.1
    _WIDTH = 30

    def report(self, snapshot: Snapshot) -> None:
        share = snapshot.pages / snapshot.pages_total if snapshot.pages_total else 1.0
        bar = ("#" * round(share * self._WIDTH)).ljust(self._WIDTH)
        table = f"{snapshot.table} ({snapshot.current} of {snapshot.tables_total})"
        line = f"[{bar}] {share:4.0%}  {snapshot.rows:,} rows  {table}"
        print(f"\r{line:.100}\x1b[K", end="", file=sys.stderr, flush=True)

    def table_done(self, table: TableDone) -> None:
        pass

    def close(self) -> None:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _inspect(chosen: argparse.Namespace) -> int:
    with open_source(chosen.source, is_for_all=False) as source:
        opened = open_chunks(source)
        fields, tables = database_fields(opened), summaries(opened)
    if chosen.json:
        whole = {**fields, "tables": [table.fields() for table in tables]}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
        return DONE
    kind = "" if fields["ods"].startswith("gbak") else "ODS "
    print(
        f"{kind}{fields['ods']}, {fields['pages']} pages of {fields['page_size']} bytes,"
        f" dialect {fields['dialect']}, charset {fields['default_charset']}"
    )
    for text in [*fields["notes"], *fields["damage"]]:
        print(f"warning: {text}", file=sys.stderr)
    _print_tables(tables)
    return DONE


def _print_tables(tables: Sequence[TableSummary]) -> None:
    width = max((len(table.name) for table in tables), default=5)
    print(f"{'table':{width}}  {'pages':>8}  {'rows (est.)':>12}  columns")
    for table in tables:
        kind = "" if table.kind == "table" else f"  {table.kind}"
        print(
            f"{table.name:{width}}  {table.pages:8}  {table.rows:12,}  {len(table.columns)}{kind}"
        )


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _fail(text: str, code: int) -> int:
    print(f"{NAME}: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
