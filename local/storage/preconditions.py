"""The conditions that a request may set on the object as it stands: unmet ones answer 412 or 304.

https://cloud.google.com/storage/docs/request-preconditions
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.http_server import HttpError
from local.storage.objects import StoredObject


@dataclass(frozen=True, slots=True)
class Preconditions:
    """None where nothing is asked. Generation 0 stands for "there is no such object"."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str], prefix: str = "if") -> "Preconditions":
        """`prefix` is `ifSource` for the source of a copy. Raises HttpError 400."""
        return cls(
            number(query, f"{prefix}GenerationMatch"),
            number(query, f"{prefix}GenerationNotMatch"),
            number(query, f"{prefix}MetagenerationMatch"),
            number(query, f"{prefix}MetagenerationNotMatch"),
        )

    def check(self, current: StoredObject | None, reading: bool = False) -> None:
        """Raises HttpError 412; where a reader has what it asked not to get again, 304."""
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation not in (None, generation):
            raise _unmet(f"generation {self.generation} is wanted, it is {generation}")
        if self.metageneration not in (None, metageneration):
            raise _unmet(f"metageneration {self.metageneration} is wanted, it is {metageneration}")
        if generation == self.not_generation or (
            current and metageneration == self.not_metageneration
        ):
            raise HttpError(304, "") if reading else _unmet("it is the one that is not wanted")


def _unmet(reason: str) -> HttpError:
    message = "At least one of the pre-conditions you specified did not hold."
    return HttpError(412, f"{message} ({reason})")


def number(query: Mapping[str, str], name: str) -> int | None:
    """A whole number of the query, None if it is not there. Raises HttpError 400."""
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise HttpError(400, f"Invalid value for {name}: {text}")
    return int(text)
