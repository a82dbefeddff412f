"""Work on tasks in several threads, its output taken in the order of the tasks.

Each task gives its output in pieces into a pipe of its own, which holds only so many bytes: a
worker ahead of its turn waits, so memory is bounded whatever a task produces. The task whose turn
it is can always go on, since tasks are begun in order and its pipe is the one being emptied.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Task = TypeVar("Task")
Piece = TypeVar("Piece")
Emit = Callable[[Piece, int], None]

_PIPE_BYTES = 4 << 20
# What a worker gathers before it hands it on, which wakes the taker up
_HANDED_BYTES = 256 << 10
_HANDED_PIECES = 64
_WAKE_SECONDS = 0.2


class _Stopped(Exception):
    """Nobody takes the output any more."""


class Output(Generic[Piece]):
    """The output of one task: its pieces in order."""

    def __init__(self, stopped: threading.Event, while_waiting: Callable[[], None]) -> None:
        self._stopped = stopped
        self._while_waiting = while_waiting
        self._changed = threading.Condition()
        self._pieces: list[Piece] = []
        self._held = 0
        self._gathered: list[Piece] = []
        self._gathered_bytes = 0
        self._is_done = False
        self._error: BaseException | None = None

    def emit(self, piece: Piece, size: int) -> None:
        """For the worker: hand on a piece of so many bytes, waiting while the pipe is full."""
        if self._stopped.is_set():
            raise _Stopped
        self._gathered.append(piece)
        self._gathered_bytes += size
        if self._gathered_bytes >= _HANDED_BYTES or len(self._gathered) >= _HANDED_PIECES:
            with self._changed:
                while self._held >= _PIPE_BYTES and not self._stopped.is_set():
                    self._changed.wait(_WAKE_SECONDS)
                self._hand_on()

    def end(self, error: BaseException | None = None) -> None:
        with self._changed:
            self._error, self._is_done = error, True
            self._hand_on()

    def _hand_on(self) -> None:
        self._pieces += self._gathered
        self._held += self._gathered_bytes
        self._gathered = []
        self._gathered_bytes = 0
        self._changed.notify()

    def pieces(self) -> Iterator[Piece]:
        """For the taker: the pieces as they come; raises what the worker raised."""
        while pieces := self._next():
            yield from pieces
        if self._error is not None:
            raise self._error

    def _next(self) -> list[Piece]:
        """Those that are there; none when all were taken."""
        while True:
            with self._changed:
                if self._pieces or self._is_done:
                    pieces, self._pieces, self._held = self._pieces, [], 0
                    self._changed.notify()
                    return pieces
                self._changed.wait(_WAKE_SECONDS)
            self._while_waiting()


class OrderedWork(Generic[Task, Piece]):
    """Runs `work(task, emit)` for each task in `workers` threads.

    `while_waiting` is called several times a second in the taker's thread; what it raises ends
    the work. Used as a context manager: leaving it stops the workers.
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
        self._begun = threading.Condition()
        self._waiting: deque[tuple[Task, Output[Piece]]] = deque()
        self._is_out_of_tasks = False
        self._error: BaseException | None = None
        # tasks begun and not yet taken: enough to keep everybody busy
        self._room = threading.Semaphore(2 * workers + 1)
        self._threads = [
            threading.Thread(target=self._run, name=f"worker {number}", daemon=True)
            for number in range(workers)
        ]

    def __enter__(self) -> "OrderedWork[Task, Piece]":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._room.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[tuple[Task, Output[Piece]]]:
        """Tasks with their outputs, in order; each output must be taken before the next."""
        while (begun := self._next_begun()) is not None:
            yield begun
            self._room.release()

    def _next_begun(self) -> tuple[Task, Output[Piece]] | None:
        while True:
            with self._begun:
                if self._waiting:
                    return self._waiting.popleft()
                if self._error is not None:
                    raise self._error
                if self._is_out_of_tasks:
                    return None
                self._begun.wait(_WAKE_SECONDS)
            self._while_waiting()

    def _run(self) -> None:
        while (begun := self._begin()) is not None:
            task, output = begun
            try:
                self._work(task, output.emit)
                output.end()
            except _Stopped:
                return
            except BaseException as error:
                output.end(error)
                return

    def _begin(self) -> tuple[Task, Output[Piece]] | None:
        self._room.acquire()
        with self._begun:
            if self._stopped.is_set() or self._is_out_of_tasks:
                return None
            try:
                task = next(self._tasks)
            except StopIteration:
                self._is_out_of_tasks = True
                self._begun.notify_all()
                self._room.release()
                return None
            except BaseException as error:
                self._error = error
                self._is_out_of_tasks = True
                self._begun.notify_all()
                return None
            begun = task, Output[Piece](self._stopped, self._while_waiting)
            self._waiting.append(begun)
            self._begun.notify_all()
            return begun
