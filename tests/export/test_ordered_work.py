"""Several workers, one order: results, errors, cancellation and bounded pipes."""

import threading
from collections.abc import Callable, Iterator

import pytest

from job.ordered_work import Emit, OrderedWork

WORKERS = [1, 2, 5]


def taken(work: OrderedWork[int, int]) -> list[tuple[int, bytes, int]]:
    with work as outputs:
        return [(task, b"".join(output.pieces()), output.result()) for task, output in outputs]


def spell(task: int, emit: Emit) -> int:
    for letter in str(task):
        emit(letter.encode())
    return -task


@pytest.mark.parametrize("workers", WORKERS)
def test_output_comes_in_the_order_of_the_tasks(workers: int) -> None:
    def slower_when_even(task: int, emit: Emit) -> int:
        if task % 2 == 0:
            threading.Event().wait(0.002)
        return spell(task, emit)

    result = taken(OrderedWork(range(40), slower_when_even, workers))
    assert result == [(task, str(task).encode(), -task) for task in range(40)]


@pytest.mark.parametrize("workers", WORKERS)
def test_no_task_at_all(workers: int) -> None:
    assert taken(OrderedWork([], spell, workers)) == []


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_the_work_comes_out_at_its_task(workers: int) -> None:
    def fail_at_seven(task: int, emit: Emit) -> int:
        if task == 7:
            raise LookupError("seven")
        return spell(task, emit)

    seen: list[int] = []

    def take() -> None:
        with OrderedWork(range(100), fail_at_seven, workers) as outputs:
            for task, output in outputs:
                list(output.pieces())
                seen.append(task)

    with pytest.raises(LookupError, match="seven"):
        take()
    assert seen == list(range(7))


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_the_list_of_tasks_comes_out(workers: int) -> None:
    def tasks() -> Iterator[int]:
        yield from range(3)
        raise LookupError("no more tasks")

    with pytest.raises(LookupError, match="no more tasks"):
        taken(OrderedWork(tasks(), spell, workers))


class Stop(Exception):
    pass


@pytest.mark.parametrize("workers", WORKERS)
def test_who_waits_is_asked_and_can_end_the_work(workers: int) -> None:
    never = threading.Event()

    def wait(task: int, emit: Emit) -> int:
        while not never.is_set():
            never.wait(0.01)
            emit(b"")
        return 0

    def cancel() -> None:
        never.set()
        raise Stop

    def hold(task: int, emit: Emit) -> int:
        never.wait(5)
        return wait(task, emit)

    with pytest.raises(Stop):
        taken(OrderedWork(range(3), hold, workers, cancel))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_worker_ahead_of_its_turn_waits(workers: int) -> None:
    """Each task gives 40 MB; what is held at once is a few pipes of 4 MB."""
    emitted = taken_bytes = most = 0
    lock = threading.Lock()
    piece = bytes(1 << 20)

    def pour(task: int, emit: Emit) -> int:
        nonlocal emitted, most
        for _ in range(40):
            emit(piece)
            with lock:
                emitted += len(piece)
                most = max(most, emitted - taken_bytes)
        return task

    with OrderedWork(range(6), pour, workers) as outputs:
        for _, output in outputs:
            for got in output.pieces():
                with lock:
                    taken_bytes += len(got)
    assert taken_bytes == 240 << 20
    assert most <= (2 * workers + 2) * (5 << 20)


def leave_early(work: Callable[[int, Emit], int], workers: int) -> None:
    with OrderedWork(range(1000), work, workers) as outputs:
        for _, output in outputs:
            next(output.pieces())
            return


@pytest.mark.parametrize("workers", WORKERS)
def test_leaving_early_ends_all_workers(workers: int) -> None:
    before = threading.active_count()

    def pour(task: int, emit: Emit) -> int:
        for _ in range(100):
            emit(bytes(1 << 20))
        return task

    leave_early(pour, workers)
    assert threading.active_count() == before
