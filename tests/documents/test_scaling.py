"""docs/scaling.md quotes the model; more tasks are faster, but not cheaper."""

from pathlib import Path

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
