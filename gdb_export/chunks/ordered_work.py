"""Runs tasks in several threads and returns their output in the order of the tasks.

Each task writes its output into a pipe of its own with limited capacity: a worker ahead of its
turn waits, so memory is bounded whatever a task produces. The first unfinished task can always
continue, since tasks are started in order and its pipe is the one that is being read.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Task = TypeVar("Task")
Piece = TypeVar("Piece")
Emit = Callable[[Piece, int], None]

_PIPE_BYTES = 4 << 20
# A worker collects this much before it fills the pipe, which wakes the consumer
_FLUSH_BYTES = 256 << 10
_FLUSH_PIECES = 64
_WAKE_SECONDS = 0.2


class _Stopped(Exception):
    """The output is no longer read."""


class Output(Generic[Piece]):
    """The pipe of one task: its pieces in order."""

    def __init__(self, stopped: threading.Event, while_waiting: Callable[[], None]) -> None:
        self._stopped = stopped
        self._while_waiting = while_waiting
        self._changed = threading.Condition()
        self._pieces: list[Piece] = []
        self._pipe_bytes = 0
        self._collected: list[Piece] = []
        self._collected_bytes = 0
        self._is_done = False
        self._error: BaseException | None = None

    def emit(self, piece: Piece, size: int) -> None:
        """For the worker: write a piece of `size` bytes; waits while the pipe is full."""
        if self._stopped.is_set():
            raise _Stopped
        self._collected.append(piece)
        self._collected_bytes += size
        if self._collected_bytes >= _FLUSH_BYTES or len(self._collected) >= _FLUSH_PIECES:
            with self._changed:
                while self._pipe_bytes >= _PIPE_BYTES and not self._stopped.is_set():
                    self._changed.wait(_WAKE_SECONDS)
                self._flush()

    def end(self, error: BaseException | None = None) -> None:
        with self._changed:
            self._error, self._is_done = error, True
            self._flush()

    def _flush(self) -> None:
        self._pieces += self._collected
        self._pipe_bytes += self._collected_bytes
        self._collected = []
        self._collected_bytes = 0
        self._changed.notify()

    def pieces(self) -> Iterator[Piece]:
        """For the consumer: yields the pieces; raises the error of the worker."""
        while pieces := self._next():
            yield from pieces
        if self._error is not None:
            raise self._error

    def _next(self) -> list[Piece]:
        """The pieces in the pipe, waiting for the first; empty after the last."""
        while True:
            with self._changed:
                if self._pieces or self._is_done:
                    pieces, self._pieces, self._pipe_bytes = self._pieces, [], 0
                    self._changed.notify()
                    return pieces
                self._changed.wait(_WAKE_SECONDS)
            self._while_waiting()


class OrderedWork(Generic[Task, Piece]):
    """Runs `work(task, emit)` for each task in `workers` threads.

    `while_waiting` is called several times a second in the consumer's thread; an exception from it
    ends the work. Used as a context manager: leaving it stops the workers.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        work: Callable[[Task, Emit[Piece]], None],
        workers: int,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._tasks = iter(tasks)
        self._work = work
        self._while_waiting = while_waiting
        self._stopped = threading.Event()
        self._started = threading.Condition()
        self._waiting: deque[tuple[Task, Output[Piece]]] = deque()
        self._is_out_of_tasks = False
        self._error: BaseException | None = None
        # limits the tasks that are started and not yet read; enough to keep all workers busy
        self._slots = threading.Semaphore(2 * workers + 1)
        self._threads = [
            threading.Thread(target=self._run, name=f"worker {index}", daemon=True)
            for index in range(workers)
        ]

    def __enter__(self) -> "OrderedWork[Task, Piece]":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._slots.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[tuple[Task, Output[Piece]]]:
        """Tasks with their outputs, in order; each output must be read before the next."""
        while (started := self._next_started()) is not None:
            yield started
            self._slots.release()

    def _next_started(self) -> tuple[Task, Output[Piece]] | None:
        while True:
            with self._started:
                if self._waiting:
                    return self._waiting.popleft()
                if self._error is not None:
                    raise self._error
                if self._is_out_of_tasks:
                    return None
                self._started.wait(_WAKE_SECONDS)
            self._while_waiting()

    def _run(self) -> None:
        while (started := self._start()) is not None:
            task, output = started
            try:
                self._work(task, output.emit)
                output.end()
            except _Stopped:
                return
            except BaseException as error:
                output.end(error)
                return

    def _start(self) -> tuple[Task, Output[Piece]] | None:
        self._slots.acquire()
        with self._started:
            if self._stopped.is_set() or self._is_out_of_tasks:
                return None
            try:
                task = next(self._tasks)
            except StopIteration:
                self._is_out_of_tasks = True
                self._started.notify_all()
                self._slots.release()
                return None
            except BaseException as error:
                self._error = error
                self._is_out_of_tasks = True
                self._started.notify_all()
                return None
            started = task, Output[Piece](self._stopped, self._while_waiting)
            self._waiting.append(started)
            self._started.notify_all()
            return started
