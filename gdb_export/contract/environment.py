"""Required settings in environment variables."""

from collections.abc import Mapping


class MissingSetting(Exception):
    """A required environment variable is unset or malformed; the message names it."""


def required(environment: Mapping[str, str], name: str) -> str:
    """Return the value of variable `name`. Raises MissingSetting if it is unset or empty."""
    value = environment.get(name)
    if not value:
        raise MissingSetting(f"environment variable {name} is not set")
    return value
