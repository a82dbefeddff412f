"""The command gdb-export, run as `python -m gdb_export`."""

import sys

from gdb_export.cli.command_line import command

if __name__ == "__main__":
    sys.exit(command())
