"""gdb-export load: puts every table of an export or a database into a dataset of BigQuery."""

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from gdb_export.bigquery.names import AddedColumns, parse_added_columns
from gdb_export.cli.errors import DONE, FAILED
from gdb_export.cli.export_command import cancel_on_signals, table_list
from gdb_export.cli.standard_streams import escaped, json_text, print_result
from gdb_export.contract.options import parse_reference
from gdb_export.library.dataset import Loaded, LoadOptions, load
from gdb_export.options import PARQUET, BadOption, ExportOptions
from gdb_export.progress import Progress

if TYPE_CHECKING:
    from gdb_export.bigquery.load.batches import FailedTable
    from gdb_export.bigquery.load.table_load import LoadedTable

EXAMPLES = """examples:
  gdb-export load BACKUP.GDB my-project.brutos_gdb
  gdb-export load BACKUP.GDB my-project.brutos_gdb --reference 2025-08
  gdb-export load gs://uploads/BACKUP my-project.brutos_gdb      a folder of Parquet
  gdb-export load gs://uploads/BACKUP.zip my-project.brutos_gdb  a ZIP of CSVs
"""


def add_load_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a database, or the ZIP or folder of an export")
    add("dataset", metavar="PROJECT.DATASET", help="an existing dataset of BigQuery")
    add(
        "--reference",
        type=_reference,
        metavar="2025-08",
        help="month of the rows; if not given, the month at the end of the file's name (MMYYYY),"
        " or the month in which the file was modified",
    )
    add(
        "--tables",
        action="extend",
        type=table_list,
        metavar="A,B",
        help="load only these tables of a database",
    )
    add(
        "--exclude",
        action="extend",
        type=table_list,
        metavar="C",
        help="load all tables of a database but these",
    )
    add(
        "--charset",
        metavar="CHARSET",
        help="character set of NONE and ASCII columns of a database",
    )
    add(
        "--added-columns",
        default=",".join(AddedColumns()),
        metavar="MONTH,SOURCE,TIME",
        help="names of the columns that a load adds; data_particao,_source_file,_loaded_at if not"
        " given",
    )
    add("--unpartitioned", action="store_true", help="make new tables without partitions")
    add("--quiet", action="store_true", help="print warnings and errors only")
    add("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=_load)


def _reference(text: str) -> date:
    month = parse_reference(text)
    if month is None:
        raise argparse.ArgumentTypeError(f"{text} is not a month: give 2025-08 or 2025-08-15")
    return month


def _added_columns(text: str) -> AddedColumns:
    """The names in `MONTH,SOURCE,TIME`. Raises BadOption."""
    try:
        return parse_added_columns(text)
    except ValueError as error:
        raise BadOption(f"--added-columns {error}") from error


def _load(arguments: argparse.Namespace) -> int:
    options = LoadOptions(
        arguments.reference,
        _added_columns(arguments.added_columns),
        not arguments.unpartitioned,
        ExportOptions(
            tables=None if arguments.tables is None else tuple(arguments.tables),
            exclude=tuple(arguments.exclude or ()),
            charset=arguments.charset or ExportOptions().charset,
            format=PARQUET,
        ),
    )
    progress = Progress()
    cancel_on_signals(progress)
    loaded = load(
        arguments.source,
        arguments.dataset,
        options,
        progress,
        (lambda table: None) if arguments.quiet else _show_table,
    )
    for warning in loaded.warnings:
        print(escaped(f"warning: {warning}"), file=sys.stderr)
    for table in loaded.result.failed:
        print(escaped(f"{table.table} was not loaded: {table.reason}"), file=sys.stderr)
    if arguments.json:
        print_result(json_text(_fields(loaded)))
    elif not arguments.quiet:
        print_result(_summary(loaded))
    return FAILED if loaded.result.failed else DONE


def _show_table(table: "LoadedTable | FailedTable") -> None:
    rows = getattr(table, "rows", None)
    if rows is not None:
        print(escaped(f"{table.table}: {rows} rows"), file=sys.stderr)


def _summary(loaded: Loaded) -> str:
    result = loaded.result
    failed = f", {len(result.failed)} tables not loaded" if result.failed else ""
    return (
        f"{loaded.dataset}: {len(result.loaded)} tables, {result.rows} rows of"
        f" {loaded.month}{failed}"
    )


def _fields(loaded: Loaded) -> dict[str, object]:
    return {
        "dataset": loaded.dataset,
        "reference": loaded.month.first_day.isoformat(),
        "reference_from": loaded.month.origin.value,
        "rows": loaded.result.rows,
        "tables": [table._asdict() for table in loaded.result.loaded],
        "failed": [table._asdict() for table in loaded.result.failed],
        "warnings": list(loaded.warnings),
    }
