"""Exit codes and errors of the command.

Imports none of Google's clients: the errors are also caught where no client is loaded.
"""

DONE, FAILED, USAGE, DONE_WITH_DAMAGE, CANCELLED = 0, 1, 2, 3, 130


class ExportNotFound(Exception):
    """The document or the object to export does not exist; the message names it."""
