"""The documents quote the models of time and costs; more tasks are faster, but not cheaper."""

from pathlib import Path

import pytest

from benchmarks.costs import cost_table, items
from benchmarks.scaling import GB, daily, estimate, table

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


def test_the_page_quotes_the_model() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert table() in text
    assert daily(10_000, 0.3 * GB) in text


def test_more_tasks_are_faster_as_long_as_there_is_work_to_share() -> None:
    seconds = [estimate(10_000 * GB, tasks).seconds for tasks in (1, 8, 64, 1000)]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] / seconds[1] > 7


def test_no_number_of_tasks_makes_it_cheaper() -> None:
    dollars = [estimate(100 * GB, tasks).dollars for tasks in (1, 8, 64, 1000)]
    assert dollars == sorted(dollars)


def test_the_page_quotes_the_costs_of_a_month() -> None:
    text = (PAGE.parent / "operations.md").read_text(encoding="utf-8")
    assert cost_table() in text, "python -m benchmarks.costs"


def test_the_cost_of_a_month_grows_with_its_uploads() -> None:
    idle, few, many = (items(uploads, 0.3 * GB) for uploads in (0, 1_000, 10_000))
    for item, dollars in few.items():
        growth = 10 if item not in ("alerts", "sweep and its schedule") else 1
        assert many[item] == pytest.approx(growth * dollars)
        assert idle[item] == (dollars if growth == 1 else 0)
