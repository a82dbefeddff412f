"""Results of benchmarks: two measurements made side by side, their ratio, and its target."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = (
    "| measure | of | measured | compared with | ratio | target | |\n"
    "|---|---|--:|--:|--:|--:|---|"
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A line of the results. `measured` and `compared` are texts with units.

    `value` is the ratio of the two, or the measured value if there is nothing to compare it with;
    `shown` is the text of `value`. `target` is the maximum of `value`, or the minimum if
    `is_minimum`; None if there is none.
    """

    measure: str
    subject: str
    measured: str
    compared: str
    value: float
    shown: str
    target: float | None = None
    is_minimum: bool = False

    @property
    def is_met(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.is_minimum else self.value <= self.target

    def row(self) -> str:
        """The row of a Markdown table."""
        sign = "≥" if self.is_minimum else "≤"
        target = "" if self.target is None else f"{sign} {self.target:g}"
        verdict = "" if self.is_met else "missed"
        cells = (
            self.measure,
            self.subject,
            self.measured,
            self.compared,
            self.shown,
            target,
            verdict,
        )
        return f"| {' | '.join(cells)} |"


def markdown(results: Sequence[Result]) -> str:
    return "\n".join([HEAD, *(result.row() for result in results)])
