"""Several workers, one order: results, errors, cancellation and bounded pipes."""

import threading
from collections.abc import Callable, Iterator

import pytest

from gdb_export.chunks.ordered_work import Emit, OrderedWork

WORKERS = [1, 2, 5]


def taken(work: OrderedWork[int, bytes]) -> list[tuple[int, bytes]]:
    with work as outputs:
        return [(task, b"".join(output.pieces())) for task, output in outputs]


def spell(task: int, emit: Emit[bytes]) -> None:
    for letter in str(task):
        emit(letter.encode(), 1)


@pytest.mark.parametrize("workers", WORKERS)
def test_output_comes_in_the_order_of_the_tasks(workers: int) -> None:
    def slower_when_even(task: int, emit: Emit[bytes]) -> None:
        if task % 2 == 0:
            threading.Event().wait(0.002)
        spell(task, emit)

    result = taken(OrderedWork(range(40), slower_when_even, workers))
    assert result == [(task, str(task).encode()) for task in range(40)]


@pytest.mark.parametrize("workers", WORKERS)
def test_no_task_at_all(workers: int) -> None:
    assert taken(OrderedWork([], spell, workers)) == []


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_the_work_comes_out_at_its_task(workers: int) -> None:
    def fail_at_seven(task: int, emit: Emit[bytes]) -> None:
        if task == 7:
            raise LookupError("seven")
        spell(task, emit)

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
        taken(OrderedWork(range(3), hold, workers, cancel))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_worker_ahead_of_its_turn_waits(workers: int) -> None:
    """Each task gives 40 MB; what is held at once is a few pipes of 4 MB."""
    emitted = taken_bytes = most = 0
    lock = threading.Lock()
    piece = bytes(1 << 20)

    def pour(task: int, emit: Emit[bytes]) -> None:
        nonlocal emitted, most
        for _ in range(40):
            emit(piece, len(piece))
            with lock:
                emitted += len(piece)
                most = max(most, emitted - taken_bytes)

    with OrderedWork(range(6), pour, workers) as outputs:
        for _, output in outputs:
            for got in output.pieces():
                with lock:
                    taken_bytes += len(got)
    assert taken_bytes == 240 << 20
    assert most <= (2 * workers + 2) * (5 << 20)


@pytest.mark.parametrize("workers", WORKERS)
def test_small_pieces_are_handed_on_together(workers: int) -> None:
    """The taker is woken up once for many; none of them is lost."""

    def spell_all(task: int, emit: Emit[bytes]) -> None:
        for number in range(200):
            emit(bytes([number]), 1)

    with OrderedWork(range(3), spell_all, workers) as outputs:
        for _, output in outputs:
            assert b"".join(output.pieces()) == bytes(range(200))


def leave_early(work: Callable[[int, Emit[bytes]], None], workers: int) -> None:
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
