"""Exit codes and errors of the command.

Imports nothing, so that the errors can be caught without loading Google's clients.
"""

from collections.abc import Iterator
from contextlib import contextmanager

DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130


class ExportNotFound(Exception):
    """The document or the object to export does not exist; the message names it."""


class CloudExtraMissing(Exception):
    """Google's clients are not installed; the message says how to install them."""


@contextmanager
def importing_google_clients(user: str) -> Iterator[None]:
    """Raise CloudExtraMissing where an import in the block finds no client.

    `user` names what needs the clients: a location or a command.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "gdb_export":
            raise
        install = 'pip install "gdb-export[cloud]"'
        raise CloudExtraMissing(f"{user} needs Google's clients: {install}") from error
