"""The command's argument parser."""

import argparse
import os

from gdb_export.cli.command_parser import CommandParser
from gdb_export.cli.export_command import add_export_arguments
from gdb_export.cli.inspect_command import add_inspect_arguments
from gdb_export.cli.packages.ddl_command import add_ddl_arguments
from gdb_export.cli.packages.diff_command import add_diff_arguments
from gdb_export.cli.verify_command import add_verify_arguments
from gdb_export.csv_rows import IMPLEMENTATION
from gdb_export.version import NAME, VERSION

_EXAMPLES = """examples:
  gdb-export export BACKUP.GDB                       write BACKUP.zip in the same folder
  gdb-export export BACKUP.GDB out.zip --tables LFCES004,LFCES018
  gdb-export export gs://uploads/BACKUP.GDB          write gs://uploads/BACKUP.zip
  gdb-export inspect BACKUP.GDB                      show tables, columns and sizes
  gdb-export ddl BACKUP.zip --for postgres --load    print SQL that creates and loads its tables
  gdb-export diff MARCH.GDB APRIL.GDB                 show which tables changed
  gdb-export verify BACKUP.GDB                       compare its indices with its rows

"""


def make_parser(is_local: bool = False) -> argparse.ArgumentParser:
    """The parser of all commands; `is_local` leaves out the cloud commands, to start faster."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Exports Firebird databases as ZIPs of CSVs, without a Firebird engine.",
        epilog=_EXAMPLES,
        formatter_class=_HelpFormatter,
    )
    version = f"{NAME} {VERSION} ({IMPLEMENTATION.name})"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    export_help = "write a ZIP with a CSV for each table"
    add_export_arguments(
        commands.add_parser("export", help=export_help, formatter_class=_HelpFormatter)
    )
    inspect_help = "show the tables of a database, without reading their rows"
    add_inspect_arguments(
        commands.add_parser("inspect", help=inspect_help, formatter_class=_HelpFormatter)
    )
    verify_help = "compare the indices of a database with the rows that are read"
    add_verify_arguments(
        commands.add_parser("verify", help=verify_help, formatter_class=_HelpFormatter)
    )
    ddl_help = "print statements that create the tables in another database, and load them"
    add_ddl_arguments(commands.add_parser("ddl", help=ddl_help, formatter_class=_HelpFormatter))
    diff_help = "compare tables, columns, types, rows and content of two databases or exports"
    add_diff_arguments(commands.add_parser("diff", help=diff_help, formatter_class=_HelpFormatter))
    if not is_local:
        # imported late: docs/architecture.md
        from gdb_export.cli import load_command
        from gdb_export.cli.cloud_parser import EXAMPLES, add_cloud_commands

        load_help = "load a database or its Parquet files into a dataset of BigQuery"
        load_command.add_load_arguments(
            commands.add_parser(
                "load",
                help=load_help,
                epilog=load_command.EXAMPLES,
                formatter_class=_HelpFormatter,
            )
        )
        add_cloud_commands(commands)
        parser.epilog = _EXAMPLES + EXAMPLES
    return parser


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """A formatter as wide as the terminal. argparse creates one for each option, and would import
    shutil with all its compressors to find the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_columns() - 2)


def _terminal_columns() -> int:
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80
