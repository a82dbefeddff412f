"""One task of an execution: runs a process, and again until it succeeds or has no retries left.

https://cloud.google.com/run/docs/container-contract (environment and end of a task)
"""

import signal
import threading
import time
from enum import StrEnum
from pathlib import Path

from local.cloud_run.job import Job
from local.faults import Fault, Faults
from local.processes import Process, container_environment

GRACE_SECONDS = 10.0
POLL_SECONDS = 0.02


class TaskState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task:
    """A task. One thread calls `run`, once; the other methods are thread-safe."""

    def __init__(self, job: Job, execution: str, index: int, logs: Path, faults: Faults) -> None:
        self._job = job
        self._execution = execution
        self._logs = logs
        self._faults = faults
        self._cancelled = threading.Event()
        self._process: Process | None = None
        self.index = index
        self.state = TaskState.PENDING
        self.attempts: list[int] = []

    @property
    def retries(self) -> int:
        return max(len(self.attempts) - 1, 0)

    def run(self) -> None:
        """Run attempts until one is final; `attempts` lists exit codes, negative for signals."""
        while self.state in (TaskState.PENDING, TaskState.RUNNING):
            if self._cancelled.is_set():
                self.state = TaskState.CANCELLED
                return
            self.state = TaskState.RUNNING
            self.attempts.append(self._attempt(len(self.attempts)))
            self.state = self._state_after_attempt()

    def cancel(self) -> None:
        self._cancelled.set()

    def kill(self) -> None:
        """Send SIGKILL, as the service does when a container exceeds its memory."""
        if process := self._process:
            process.signal(signal.SIGKILL)

    def _state_after_attempt(self) -> TaskState:
        if self.attempts[-1] == 0:
            return TaskState.SUCCEEDED
        if self._cancelled.is_set():
            return TaskState.CANCELLED
        if len(self.attempts) > self._job.max_retries:
            return TaskState.FAILED
        return TaskState.RUNNING

    def _attempt(self, attempt: int) -> int:
        log = self._logs / f"{self._execution}-task{self.index}-attempt{attempt}.log"
        fault = self._faults.decide("tasks.attempt")
        with Process(
            self._execution, self._job.command, self._environment(attempt), log, self._job.folder
        ) as process:
            self._process = process
            try:
                return self._wait_for(process, fault)
            finally:
                self._process = None

    def _wait_for(self, process: Process, fault: Fault | None) -> int:
        started = time.monotonic()
        while (code := process.wait(POLL_SECONDS)) is None:
            age = time.monotonic() - started
            if fault and fault.kind == "kill" and age >= fault.seconds:
                process.signal(signal.SIGKILL)
            elif self._cancelled.is_set() or age >= self._job.timeout:
                # A stopped attempt has failed, whatever its exit code.
                return process.stop(GRACE_SECONDS) or -signal.SIGTERM
        return code

    def _environment(self, attempt: int) -> dict[str, str]:
        return {
            **container_environment(),
            **self._job.environment,
            "CLOUD_RUN_JOB": self._job.short_name,
            "CLOUD_RUN_EXECUTION": self._execution,
            "CLOUD_RUN_TASK_INDEX": str(self.index),
            "CLOUD_RUN_TASK_COUNT": str(self._job.task_count),
            "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
        }
