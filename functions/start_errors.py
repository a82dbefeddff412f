"""Why an execution was not started. main imports these errors without Google's clients."""


class StartLater(Exception):
    """Another attempt may succeed; the text says what it waits for."""


class StartRefused(Exception):
    """No attempt can succeed before somebody corrects the cause, which the text names."""
