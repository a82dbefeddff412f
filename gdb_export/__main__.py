"""The command gdb-export, as python -m gdb_export."""

from gdb_export.cli.command_line import command

if __name__ == "__main__":
    command()
