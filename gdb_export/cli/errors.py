"""Exit codes and errors of the command.

Imports no client of Google's: the errors are caught where none is loaded.
"""

DONE, FAILED, USAGE, DONE_WITH_DAMAGE, CANCELLED = 0, 1, 2, 3, 130


class ExportNotFound(Exception):
    """The document or the object to export does not exist; the message names it."""
