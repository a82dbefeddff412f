"""The progress of an export: counts, throttled reports and cancellation."""

import pytest

from gdb_export.progress import Cancelled, Progress, Snapshot, TableDone


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def reports() -> list[Snapshot]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(reports: list[Snapshot], clock: Clock) -> Progress:
    return Progress(reports.append, interval=2.0, clock=clock)


def test_counts_add_up(progress: Progress) -> None:
    progress.start(tables_total=2, pages_total=30)
    progress.begin_table("A")
    progress.advance(pages=10, rows=7, bytes_out=100)
    progress.advance(pages=5, rows=1)
    progress.end_table(TableDone("A", 8, 100))
    progress.begin_table("B")
    snapshot = progress.snapshot
    assert (snapshot.table, snapshot.current) == ("B", 2)
    assert (snapshot.tables, snapshot.tables_total) == (1, 2)
    assert (snapshot.pages, snapshot.pages_total) == (15, 30)
    assert (snapshot.rows, snapshot.bytes_out) == (8, 100)


def test_reports_are_as_far_apart_as_the_interval(
    progress: Progress, reports: list[Snapshot], clock: Clock
) -> None:
    progress.start(1, 100)
    for _ in range(10):
        clock.now += 0.5
        progress.advance(pages=1)
    assert [report.seconds for report in reports] == [0.0, 2.0, 4.0]
    assert [report.pages for report in reports] == [0, 4, 8]


def test_each_table_is_reported_when_it_ends() -> None:
    done: list[TableDone] = []
    progress = Progress(table_done=done.append)
    progress.start(1, 1)
    progress.end_table(TableDone("A", 8, 100, ("careful",)))
    assert done == [TableDone("A", 8, 100, ("careful",))]


def test_the_first_reason_of_a_cancellation_counts(progress: Progress) -> None:
    progress.check()
    progress.cancel("interrupted")
    progress.cancel("too late")
    for call in (progress.check, progress.advance, lambda: progress.begin_table("A")):
        with pytest.raises(Cancelled, match=r"^interrupted$"):
            call()
