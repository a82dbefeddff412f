"""Preconditions of a request on the current object; unmet ones answer 412 or 304.

https://cloud.google.com/storage/docs/request-preconditions
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.http_server import HttpError
from local.storage.objects import StoredObject


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Required and excluded versions, None if not given. Generation 0 means a missing object."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str], prefix: str = "if") -> "Preconditions":
        """`prefix` is `ifSource` for the source of a copy. Raises HttpError 400."""
        return cls(
            integer_parameter(query, f"{prefix}GenerationMatch"),
            integer_parameter(query, f"{prefix}GenerationNotMatch"),
            integer_parameter(query, f"{prefix}MetagenerationMatch"),
            integer_parameter(query, f"{prefix}MetagenerationNotMatch"),
        )

    def check(self, current: StoredObject | None, reading: bool = False) -> None:
        """Raises HttpError 412, or 304 if a reader excludes the version that it has already."""
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation not in (None, generation):
            raise _unmet(f"generation {self.generation} is required, it is {generation}")
        if self.metageneration not in (None, metageneration):
            raise _unmet(
                f"metageneration {self.metageneration} is required, it is {metageneration}"
            )
        if generation == self.not_generation or (
            current and metageneration == self.not_metageneration
        ):
            raise HttpError(304, "") if reading else _unmet("the object has the excluded version")


def _unmet(reason: str) -> HttpError:
    message = "At least one of the pre-conditions you specified did not hold."
    return HttpError(412, f"{message} ({reason})")


def integer_parameter(query: Mapping[str, str], name: str) -> int | None:
    """An integer query parameter, None if it is not given. Raises HttpError 400."""
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise HttpError(400, f"Invalid value for {name}: {text}")
    return int(text)
