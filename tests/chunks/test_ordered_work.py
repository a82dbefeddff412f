"""Ordered work: the order of results, errors, cancellation and bounded pipes."""

import threading
from collections.abc import Callable, Iterator

import pytest

from gdb_export.chunks.ordered_work import Emit, OrderedWork

WORKERS = [1, 2, 5]


def all_output(work: OrderedWork[int, bytes]) -> list[tuple[int, bytes]]:
    """The tasks with all bytes that each of them emitted."""
    with work as outputs:
        return [(task, b"".join(output.pieces())) for task, output in outputs]


def emit_digits(task: int, emit: Emit[bytes]) -> None:
    for digit in str(task):
        emit(digit.encode(), 1)


@pytest.mark.parametrize("workers", WORKERS)
def test_output_is_in_the_order_of_the_tasks(workers: int) -> None:
    def slower_when_even(task: int, emit: Emit[bytes]) -> None:
        if task % 2 == 0:
            threading.Event().wait(0.002)
        emit_digits(task, emit)

    result = all_output(OrderedWork(range(40), slower_when_even, workers))
    assert result == [(task, str(task).encode()) for task in range(40)]


@pytest.mark.parametrize("workers", WORKERS)
def test_no_tasks(workers: int) -> None:
    assert all_output(OrderedWork([], emit_digits, workers)) == []


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_a_task_is_raised_at_its_turn(workers: int) -> None:
    def fail_at_seven(task: int, emit: Emit[bytes]) -> None:
        if task == 7:
            raise LookupError("seven")
        emit_digits(task, emit)

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
def test_an_error_of_the_iterator_of_tasks_is_raised(workers: int) -> None:
    def tasks() -> Iterator[int]:
        yield from range(3)
        raise LookupError("no more tasks")

    with pytest.raises(LookupError, match="no more tasks"):
        all_output(OrderedWork(tasks(), emit_digits, workers))


class Stop(Exception):
    pass


@pytest.mark.parametrize("workers", WORKERS)
def test_while_waiting_is_called_and_can_end_the_work(workers: int) -> None:
    never = threading.Event()

    def wait(task: int, emit: Emit[bytes]) -> None:
        while not never.is_set():
            never.wait(0.01)
            emit(b"", 0)

    def cancel() -> None:
        never.set()
        raise Stop

    def hold(task: int, emit: Emit[bytes]) -> None:
        never.wait(5)
        wait(task, emit)

    with pytest.raises(Stop):
        all_output(OrderedWork(range(3), hold, workers, cancel))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_worker_ahead_of_its_turn_waits(workers: int) -> None:
    """Each task writes 40 MB; the pipes together hold a few times 4 MB."""
    emitted = consumed = max_held = 0
    lock = threading.Lock()
    piece = bytes(1 << 20)

    def pour(task: int, emit: Emit[bytes]) -> None:
        nonlocal emitted, max_held
        for _ in range(40):
            emit(piece, len(piece))
            with lock:
                emitted += len(piece)
                max_held = max(max_held, emitted - consumed)

    with OrderedWork(range(6), pour, workers) as outputs:
        for _, output in outputs:
            for taken in output.pieces():
                with lock:
                    consumed += len(taken)
    assert consumed == 240 << 20
    assert max_held <= (2 * workers + 2) * (5 << 20)


@pytest.mark.parametrize("workers", WORKERS)
def test_no_small_piece_is_lost(workers: int) -> None:
    """Small pieces are written to the pipe together, to wake the consumer less often."""

    def emit_all(task: int, emit: Emit[bytes]) -> None:
        for value in range(200):
            emit(bytes([value]), 1)

    with OrderedWork(range(3), emit_all, workers) as outputs:
        for _, output in outputs:
            assert b"".join(output.pieces()) == bytes(range(200))


def leave_early(work: Callable[[int, Emit[bytes]], None], workers: int) -> None:
    """Start the work and leave it after the first piece of the first task."""
    with OrderedWork(range(1000), work, workers) as outputs:
        for _, output in outputs:
            next(output.pieces())
            return


@pytest.mark.parametrize("workers", WORKERS)
def test_leaving_early_ends_all_workers(workers: int) -> None:
    before = threading.active_count()

    def pour(task: int, emit: Emit[bytes]) -> None:
        for _ in range(100):
            emit(bytes(1 << 20), 1 << 20)

    leave_early(pour, workers)
    assert threading.active_count() == before
