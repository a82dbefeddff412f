"""Errors of the start of an execution, in a module that main imports without Google's clients."""


class StartLater(Exception):
    """Another attempt may succeed later; the message names the obstacle."""


class StartRefused(Exception):
    """No attempt can succeed until the cause is corrected, which the message names."""
