"""Why an execution was not started."""


class StartLater(Exception):
    """Another try may succeed; the text says what is waited for."""


class StartRefused(Exception):
    """No other try would succeed before somebody mends something; the text says what."""
