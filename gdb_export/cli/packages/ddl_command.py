"""gdb-export ddl: prints statements that create the tables in another database and load them."""

import argparse
import sys
from contextlib import ExitStack

_DONE = 0  # exit code
TARGETS = ("postgres", "duckdb", "bigquery", "firebird")


def add_ddl_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE|ZIP",
        help="a database, or an export: a ZIP, or a folder with datapackage.json",
    )
    parser.add_argument(
        "--for",
        dest="target",
        required=True,
        choices=TARGETS,
        help="the database in which the statements create the tables",
    )
    parser.add_argument(
        "--load",
        action="store_true",
        help="replace tables of the same names, and load the files from the current folder",
    )
    parser.set_defaults(run=_ddl)


def _ddl(arguments: argparse.Namespace) -> int:
    # imported late: docs/architecture.md
    from gdb_export.cli.packages.package_source import read_package
    from gdb_export.ddl.sql import NotLoadable
    from gdb_export.ddl.statements import statements
    from gdb_export.options import BadOption

    with ExitStack() as exit_stack:
        package = read_package(arguments.source, exit_stack)
    try:
        lines = list(statements(package, arguments.target, arguments.load, _report))
    except NotLoadable as error:
        raise BadOption(str(error)) from error
    for line in lines:
        print(line)
    return _DONE


def _report(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
