"""An error of the cloud's commands, apart from Google's clients, which take long to load."""


class ExportNotFound(Exception):
    """There is no document, or no object to export; the text names it."""
