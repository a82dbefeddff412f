"""Errors of the start of an execution, in a module that main imports without Google's clients."""


class StartLater(Exception):
    """Another delivery of the event may succeed; the text names what it waits for.

    `is_refusal`: Cloud Run refused the request itself. A grant or a job that was made a moment ago
    is refused for some minutes, so this passes as well, or after somebody has corrected the cause.
    """

    def __init__(self, message: str, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal
