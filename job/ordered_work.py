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
Result = TypeVar("Result")
Emit = Callable[[bytes], None]

_PIPE_BYTES = 4 << 20
_WAKE_SECONDS = 0.2


class _Stopped(Exception):
    """Nobody takes the output any more."""


class Output(Generic[Result]):
    """The output of one task: its pieces in order, then its result."""

    def __init__(self, stopped: threading.Event, while_waiting: Callable[[], None]) -> None:
        self._stopped = stopped
        self._while_waiting = while_waiting
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._is_done = False
        self._error: BaseException | None = None
        self._result: Result | None = None

    def emit(self, piece: bytes) -> None:
        """For the worker: hand on a piece, waiting while the pipe is full."""
        with self._changed:
            while self._held >= _PIPE_BYTES and not self._stopped.is_set():
                self._changed.wait(_WAKE_SECONDS)
            if self._stopped.is_set():
                raise _Stopped
            self._pieces.append(piece)
            self._held += len(piece)
            self._changed.notify_all()

    def end(self, result: Result | None, error: BaseException | None) -> None:
        with self._changed:
            self._result, self._error, self._is_done = result, error, True
            self._changed.notify_all()

    def pieces(self) -> Iterator[bytes]:
        """For the taker: the pieces as they come; raises what the worker raised."""
        while (piece := self._next()) is not None:
            yield piece
        if self._error is not None:
            raise self._error

    def result(self) -> Result:
        """What the task returned; only after its pieces were taken."""
        assert self._result is not None
        return self._result

    def _next(self) -> bytes | None:
        while True:
            with self._changed:
                if self._pieces:
                    piece = self._pieces.popleft()
                    self._held -= len(piece)
                    self._changed.notify_all()
                    return piece
                if self._is_done:
                    return None
                self._changed.wait(_WAKE_SECONDS)
            self._while_waiting()


class OrderedWork(Generic[Task, Result]):
    """Runs `work(task, emit) -> result` for each task in `workers` threads.

    `while_waiting` is called several times a second in the taker's thread; what it raises ends
    the work. Used as a context manager: leaving it stops the workers.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        work: Callable[[Task, Emit], Result],
        workers: int,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._tasks = iter(tasks)
        self._work = work
        self._while_waiting = while_waiting
        self._stopped = threading.Event()
        self._begun = threading.Condition()
        self._waiting: deque[tuple[Task, Output[Result]]] = deque()
        self._is_out_of_tasks = False
        self._error: BaseException | None = None
        # tasks begun and not yet taken: enough to keep everybody busy
        self._room = threading.Semaphore(2 * workers + 1)
        self._threads = [
            threading.Thread(target=self._run, name=f"worker {number}", daemon=True)
            for number in range(workers)
        ]

    def __enter__(self) -> "OrderedWork[Task, Result]":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._room.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[tuple[Task, Output[Result]]]:
        """Tasks with their outputs, in order; each output must be taken before the next."""
        while (begun := self._next_begun()) is not None:
            yield begun
            self._room.release()

    def _next_begun(self) -> tuple[Task, Output[Result]] | None:
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
                output.end(self._work(task, output.emit), None)
            except _Stopped:
                return
            except BaseException as error:
                output.end(None, error)
                return

    def _begin(self) -> tuple[Task, Output[Result]] | None:
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
            begun = task, Output[Result](self._stopped, self._while_waiting)
            self._waiting.append(begun)
            self._begun.notify_all()
            return begun
