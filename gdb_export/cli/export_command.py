"""gdb-export export: writes a ZIP with a CSV for each table, a folder of Parquet, or both."""

import argparse
import os
import signal
import sys
from contextlib import ExitStack
from functools import partial

from gdb_export.cli.errors import DONE, DONE_WITH_DAMAGE
from gdb_export.cli.progress_bar import ProgressBar
from gdb_export.cli.progress_display import NoProgress, ProgressLines
from gdb_export.cli.source_arguments import (
    add_source_arguments,
    open_source_arguments,
    source_locations,
)
from gdb_export.cli.standard_streams import escaped, json_text, print_result
from gdb_export.csv_rows import COMPILED
from gdb_export.garbage_collection import raise_gc_thresholds
from gdb_export.library.checked_export import Exported, ExportSource, checked_export
from gdb_export.library.destinations import (
    STANDARD_OUTPUT,
    choose_destination,
    names_standard_output,
)
from gdb_export.library.locations import check_source
from gdb_export.library.outputs import check_outputs, outputs
from gdb_export.options import (
    CSV,
    DIALECTS,
    MAX_WORKERS,
    STANDARD,
    BadOption,
    ExportOptions,
    format_of,
)
from gdb_export.progress import Progress

_DESTINATION = (
    "SOURCE with .zip, or without a suffix for Parquet, if not given; a folder for the ZIP; - for"
    " standard output"
)
# Sources up to this size are exported in seconds by the reference implementation too
_MAX_UNWARNED_BYTES = 50_000_000
_SLOW = (
    "warning: the reference implementation exports this database, ten times slower than the"
    " compiled one: unset PURE_PYTHON, or reinstall gdb-export with a C++ compiler"
)


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    add("destination", metavar="DESTINATION", nargs="?", help=_DESTINATION)
    add(
        "--tables",
        action="extend",
        type=table_list,
        metavar="A,B",
        help="only these tables; * and ? in names match, and a repeated option adds",
    )
    add("--exclude", action="extend", type=table_list, metavar="C", help="all tables but these")
    add("--system-tables", action="store_true", help="also all system tables, such as RDB$FIELDS")
    add(
        "--charset",
        default="WIN1252",
        help="character set of NONE and ASCII columns, WIN1252 if not given; auto: UTF-8 where a"
        " value is valid UTF-8, otherwise WIN1252",
    )
    add(
        "--charset-of",
        action="extend",
        type=table_list,
        metavar="TABLE.COLUMN=CHARSET",
        help="character set of one column, in place of the declared one",
    )
    add(
        "--fix-utf8",
        metavar="CHARSET",
        help="decode values of UTF8 and UNICODE_FSS columns that are not valid UTF-8 with this",
    )
    add(
        "--format",
        type=_format,
        default=CSV,
        metavar="csv|parquet|csv,parquet",
        help="csv: a ZIP of CSVs; parquet: a folder of Parquet files; csv,parquet: both, by one"
        " read of SOURCE",
    )
    add("--binary", choices=("hex", "base64", "uuid"), default="hex", help="binary values in a CSV")
    add("--dialect", choices=DIALECTS, default=STANDARD, help="excel: a CSV to open in Excel")
    add("--schema-sql", action="store_true", help="add schema.sql, the data definition for isql")
    add("--compression", type=int, choices=range(10), metavar="0-9", help="9 is the smallest")
    add("--workers", type=_worker_count, metavar="N", help="threads; one per core if not given")
    add("--strict", action="store_true", help="fail if anything in the database is damaged")
    add("--overwrite", action="store_true", help="replace an existing ZIP")
    add("--allow-changes", action="store_true", help="accept a SOURCE that changes meanwhile")
    add("--csv", action="store_true", help="write the CSV of one table to standard output")
    add("--quiet", action="store_true", help="print warnings and errors only")
    add("--json", action="store_true", help="print the result as JSON")
    add("--exit-code", action="store_true", help="exit code 3 if the database is damaged")
    add_source_arguments(parser)
    parser.set_defaults(run=_export)


def table_list(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no name is given")
    return names


def _format(text: str) -> str:
    if (known := format_of(text)) is None:
        raise argparse.ArgumentTypeError(f"csv, parquet or csv,parquet, not {text!r}")
    return known


def _worker_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_WORKERS}, not {text!r}")
    return int(text)


def _export(arguments: argparse.Namespace) -> int:
    raise_gc_thresholds()
    for location in source_locations(arguments):
        check_source(location)
    destination = _destination(arguments)
    # Checked before anything is opened; checked_export repeats it before it replaces anything.
    wanted = outputs(destination, source_locations(arguments), arguments.format)
    check_outputs(wanted, source_locations(arguments), (), arguments.overwrite)
    options = ExportOptions(
        tables=None if arguments.tables is None else tuple(arguments.tables),
        exclude=tuple(arguments.exclude or ()),
        charset=arguments.charset,
        charset_of=tuple(arguments.charset_of or ()),
        fix_utf8=arguments.fix_utf8,
        binary=arguments.binary,
        dialect=arguments.dialect,
        strict=arguments.strict,
        overwrite=arguments.overwrite,
        compression=arguments.compression,
        workers=arguments.workers,
        format=arguments.format,
        system_tables=arguments.system_tables,
        schema_sql=arguments.schema_sql,
    )
    exported = _run(arguments, destination, options)
    for warning in exported.warnings:
        print(escaped(f"warning: {warning}"), file=sys.stderr)
    if not names_standard_output(destination):
        for output, written in zip(wanted, exported.locations, strict=True):
            _print_new_name(output.location, written)
    _print_result(arguments, exported, names_standard_output(destination))
    return DONE_WITH_DAMAGE if arguments.exit_code and exported.damage else DONE


def _print_new_name(location: str, written: str) -> None:
    if written != location:
        print(
            f"{location} exists: the new export is {written} (--overwrite replaces the old one)",
            file=sys.stderr,
        )


def _destination(arguments: argparse.Namespace) -> str:
    """The location to write to. Raises BadOption."""
    if arguments.csv and arguments.format != CSV:
        raise BadOption(f"--csv and --format {arguments.format} exclude each other")
    if arguments.csv and arguments.schema_sql:
        raise BadOption("--csv writes one table and no schema.sql: leave one of them out")
    if arguments.csv and arguments.destination is None:
        return STANDARD_OUTPUT
    destination = choose_destination(arguments.source, arguments.destination, arguments.format)
    is_output = names_standard_output(destination)
    if arguments.csv and not is_output:
        raise BadOption("--csv writes to standard output: give - as the destination, or none")
    if is_output and not arguments.csv and sys.stdout.isatty():
        raise BadOption("a ZIP is not written to a terminal: send it to a file or a program")
    return destination


def _run(arguments: argparse.Namespace, destination: str, options: ExportOptions) -> Exported:
    """Export with a display of the progress; signals cancel it."""
    display = _display(arguments.quiet, destination)
    progress = Progress(display.report, display.table_done, display.interval)
    cancel_on_signals(progress)
    try:
        with ExitStack() as exit_stack:
            files, opener = open_source_arguments(arguments, exit_stack, reads_everything=True)
            if not COMPILED and files[0].size > _MAX_UNWARNED_BYTES:
                print(_SLOW, file=sys.stderr)
            source = ExportSource(tuple(files), files[0].info(), tuple(source_locations(arguments)))
            return checked_export(
                source,
                destination,
                options,
                progress,
                opener,
                allow_changes=arguments.allow_changes,
                as_csv=arguments.csv,
            )
    finally:
        display.close()


def _display(is_quiet: bool, destination: str) -> ProgressBar | ProgressLines | NoProgress:
    """The display of the progress on standard error."""
    if is_quiet or (names_standard_output(destination) and sys.stdout.isatty()):
        return NoProgress()  # a bar would mix with the rows on the terminal
    can_move_cursor = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return ProgressBar() if can_move_cursor else ProgressLines()


def cancel_on_signals(progress: Progress) -> None:
    """Cancel on Ctrl-C, SIGTERM and a closed session. Signals that are ignored, as by nohup, stay
    ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, partial(_cancel, progress))


def _cancel(progress: Progress, number: int, _: object) -> None:
    """Cancel at the first signal. A second signal ends the process, because the first one has no
    effect while, for example, a read of a network drive hangs."""
    signal.signal(number, signal.SIG_DFL)
    progress.cancel("interrupted")


def _print_result(arguments: argparse.Namespace, exported: Exported, is_output: bool) -> None:
    """Print one line or JSON, on standard error if the export itself is on standard output."""
    if arguments.json:
        fields = {
            "destination": exported.location,
            **({"folder": exported.folder} if exported.folder else {}),
            "tables": exported.tables,
            "rows": exported.rows,
            "bytes": exported.bytes,
            "damaged_places": exported.damage,
            "warnings": exported.warnings,
        }
        text = json_text(fields)
    elif arguments.quiet:
        return
    else:
        counts = f"{exported.tables} tables, {exported.rows} rows, {exported.bytes} bytes"
        text = f"{' and '.join(exported.locations)}: {counts}"
    if is_output:
        print(text, file=sys.stderr)
    else:
        print_result(text)
