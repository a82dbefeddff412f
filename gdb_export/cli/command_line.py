"""Runs a command of gdb-export and reports errors in one line each."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from gdb_export.bigquery.errors import LoadRefused
from gdb_export.cli.errors import CANCELLED, FAILED, USAGE, ExportNotFound
from gdb_export.cli.parser import make_parser
from gdb_export.cli.standard_streams import escaped, run_with_streams
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.garbage_collection import freeze_gc
from gdb_export.library.locations import ArrowExtraMissing, CloudExtraMissing
from gdb_export.options import BadOption
from gdb_export.progress import Cancelled
from gdb_export.version import NAME

_FAILURES = (
    FirebirdError,
    ExportNotFound,
    LoadRefused,
    ArrowExtraMissing,
    CloudExtraMissing,
    OSError,
)
_TRACEBACK = "GDB_EXPORT_TRACEBACK"
# Commands that are parsed without the cloud commands, to start faster
_LOCAL_COMMANDS = (["export"], ["inspect"], ["verify"], ["ddl"], ["diff"])


def command() -> int:
    """Run the command of this process with safe streams. The process ends afterwards, so no
    last garbage collection is needed."""
    try:
        code = run_with_streams(main, lambda message: _fail(message, FAILED))
    except KeyboardInterrupt:  # before or after `main`
        code = _fail("cancelled: interrupted", CANCELLED)
    freeze_gc()
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return its exit code: 0 done, 1 failed, 2 usage, 3 done but damaged, 130
    cancelled; `diff` and `verify` return 2 for a failure. Raises BrokenPipeError if nobody reads
    standard output any more."""
    arguments = sys.argv[1:] if arguments is None else arguments
    failed = FAILED
    try:
        parsed = make_parser(is_local=arguments[:1] in _LOCAL_COMMANDS).parse_args(arguments)
        failed = getattr(parsed, "failure_code", FAILED)
        run: Callable[[argparse.Namespace], int] = parsed.run
        return run(parsed)
    except KeyboardInterrupt:
        return _fail("cancelled: interrupted", CANCELLED)
    except BrokenPipeError:
        raise
    except Cancelled as reason:
        return _fail(f"cancelled: {reason}", CANCELLED)
    except BadOption as error:
        return _fail(str(error), USAGE)
    except _FAILURES as error:
        return _fail(_one_line(error), failed)
    except MemoryError:
        return _fail("there is not enough memory", failed)
    except Exception as error:
        # Recognised by module name: importing the clients' base class would load the clients.
        if type(error).__module__.startswith("google."):
            return _fail(f"Google Cloud: {_one_line(error)}", failed)
        if os.environ.get(_TRACEBACK):
            raise
        kind = type(error).__name__
        return _fail(
            f"a fault of this program: {kind}: {_one_line(error)} ({_TRACEBACK}=1 shows where):"
            " please report it",
            failed,
        )


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _fail(message: str, code: int) -> int:
    """Print the message and return `code`. Control characters, as names may have, are escaped."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in message)
    print(escaped(f"{NAME}: {shown}"), file=sys.stderr)
    return code
