"""The command gdb-export, as the installed script and as `python -m gdb_export`."""

import signal
import sys


def command() -> int:
    """Run the command and return its exit code.

    Loading the modules and the end of the process take a moment in which nothing is written. Ctrl-C
    then ends the process as it ends other programs, without a traceback.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # a shell may have set it to be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gdb_export.cli.command_line import command as run_command

    signal.signal(signal.SIGINT, handler)
    try:
        return run_command()
    finally:
        if handler is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(command())
