"""The ratios that the benchmarks quote: the median of several measurements."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import measure
from benchmarks.measure import Run, median_pair, repeated


def test_the_median_ratio_ignores_one_disturbed_measurement() -> None:
    assert median_pair([(2.0, 1.0), (9.0, 1.0), (2.2, 1.0)]) == (2.2, 1.0)
    assert median_pair([(2.0, 1.0), (2.1, 9.0), (2.2, 1.0)]) == (2.0, 1.0)


def test_both_numbers_are_of_the_same_measurement() -> None:
    assert median_pair([(1.0, 2.0), (4.0, 4.0), (9.0, 3.0)]) == (4.0, 4.0)


def test_a_measurement_takes_the_best_of_its_own_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([3.0, 1.0, 2.0, 6.0, 5.0, 4.0, 7.0, 9.0, 8.0])

    def run(command: Sequence[str], outputs: Sequence[Path]) -> Run:
        return Run(next(seconds), 0.0, 0.0)

    monkeypatch.setattr(measure, "_fresh_run", run)
    assert [runs[0].seconds for runs in repeated(["command"])] == [1.0, 4.0, 7.0]
