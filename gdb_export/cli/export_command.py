"""gdb-export export: writes a ZIP with one CSV per table."""

import argparse
import signal
import sys
from contextlib import ExitStack

from gdb_export.cli.errors import DONE
from gdb_export.cli.progress_bar import ProgressBar
from gdb_export.cli.progress_display import ProgressLines
from gdb_export.cli.source_arguments import add_source_arguments, open_given
from gdb_export.csv_rows import COMPILED
from gdb_export.garbage_collection import raise_gc_thresholds
from gdb_export.library.formats import export_to
from gdb_export.library.locations import default_destination
from gdb_export.options import FORMATS, ExportOptions
from gdb_export.progress import Progress

# Sources up to this size are exported in seconds by the reference implementation too
_MAX_UNWARNED_BYTES = 50_000_000
_SLOW = (
    "warning: the reference implementation exports this database, ten times slower than the"
    " compiled one: unset PURE_PYTHON, or reinstall gdb-export with a C++ compiler"
)


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    add(
        "destination",
        metavar="DESTINATION",
        nargs="?",
        help="SOURCE with .zip, or without a suffix for a folder, if not given",
    )
    add(
        "--tables",
        action="extend",
        type=_names,
        metavar="A,B",
        help="only these tables; * and ? in names match, and a repeated option adds",
    )
    add("--exclude", action="extend", type=_names, metavar="C", help="all tables but these")
    add(
        "--charset",
        default="WIN1252",
        help="character set of NONE and ASCII columns; WIN1252 if not given",
    )
    add(
        "--format",
        choices=FORMATS,
        default=FORMATS[0],
        help="csv: a ZIP of CSVs; parquet: a folder of Parquet files",
    )
    add("--binary", choices=("hex", "base64"), default="hex", help="binary values in a CSV")
    add("--compression", type=int, choices=range(10), metavar="0-9", help="9 is the smallest")
    add("--workers", type=_positive, metavar="N", help="threads; one per core if not given")
    add("--strict", action="store_true", help="fail if anything in the database is damaged")
    add("--overwrite", action="store_true", help="replace an existing destination")
    add_source_arguments(parser)
    parser.set_defaults(run=_export)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no table is named")
    return names


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _export(arguments: argparse.Namespace) -> int:
    raise_gc_thresholds()
    location = arguments.destination or default_destination(arguments.source, arguments.format)
    options = ExportOptions(
        tables=None if arguments.tables is None else tuple(arguments.tables),
        exclude=tuple(arguments.exclude or ()),
        charset=arguments.charset,
        binary=arguments.binary,
        strict=arguments.strict,
        overwrite=arguments.overwrite,
        compression=arguments.compression,
        workers=arguments.workers,
        format=arguments.format,
    )
    display = ProgressBar() if sys.stderr.isatty() else ProgressLines()
    progress = Progress(display.report, display.table_done, display.interval)
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: progress.cancel("interrupted"))
    try:
        with ExitStack() as entered:
            source, opener = open_given(arguments, entered, reads_everything=True)
            if not COMPILED and source.size > _MAX_UNWARNED_BYTES:
                print(_SLOW, file=sys.stderr)
            written = export_to(location, source, source.info(), options, progress, opener)
    finally:
        display.close()
    result = written.result
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    counts = f"{result.tables} tables, {result.rows} rows, {result.bytes} bytes"
    print(f"{written.location}: {counts}")
    return DONE
