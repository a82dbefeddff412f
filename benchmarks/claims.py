"""What a benchmark found: two things measured side by side, their ratio, and its bar."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = (
    "| what | of | measured | beside it | ratio | bar | |\n"
    "|---|---|--:|--:|--:|--:|---|"
)  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """`figure` is the ratio, or the measured itself where it needs nothing beside it. The bar is
    the most that it may be, or the least if `is_least`; None if it has none."""

    what: str
    of: str
    measured: str
    beside: str
    figure: float
    shown: str
    bar: float | None = None
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.is_least else self.figure <= self.bar

    def row(self) -> str:
        bar = "" if self.bar is None else f"{'≥' if self.is_least else '≤'} {self.bar:g}"
        verdict = "" if self.is_met else "missed"
        cells = (self.what, self.of, self.measured, self.beside, self.shown, bar, verdict)
        return f"| {' | '.join(cells)} |"


def markdown(claims: Sequence[Claim]) -> str:
    return "\n".join([HEAD, *(claim.row() for claim in claims)])
