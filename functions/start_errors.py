"""Errors of the start of an execution, in a module that main imports without Google's clients."""


class StartLater(Exception):
    """No execution was started, but another delivery of the event may succeed.

    The message names the obstacle.

    `is_refusal`: Cloud Run refused the request itself. That also happens for some
    minutes after access was granted or the job was created, so a later delivery may succeed.
    """

    def __init__(self, message: str, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal
