"""The progress of each task of an execution: one document per task in a subcollection of the job
document. A task that is marked as done keeps its part, even if other tasks fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from gdb_export.contract.job_document import TASKS_COLLECTION, subcollection, utc_now
from gdb_export.progress import Snapshot

WORKING, DONE = "PROGRESS", "SUCCESS"

_COUNTS = ("current", "tables", "tables_total", "pages", "pages_total", "rows", "bytes_out")


@dataclass(frozen=True, slots=True)
class TaskState:
    """The last progress that a task has written."""

    index: int
    is_done: bool
    snapshot: Snapshot


class TaskProgressStore:
    """The progress of the `count` tasks of one execution; `path` is the job document's."""

    def __init__(self, client: firestore.Client, path: str, execution: str, count: int) -> None:
        self._collection = client.document(path).collection(subcollection(path, TASKS_COLLECTION))
        self._execution = execution
        self._count = count

    def write(
        self,
        index: int,
        attempt: int,
        snapshot: Snapshot,
        is_done: bool,
        expires_at: datetime | None = None,
    ) -> None:
        """`expires_at` is the job document's: Firestore's TTL does not remove subcollections."""
        self._collection.document(f"{self._execution}-{index:05d}").set(
            {
                "execution": self._execution,
                "index": index,
                "status": DONE if is_done else WORKING,
                "attempt": attempt,
                "progress": snapshot._asdict(),
                "updated_at": utc_now(),
                "expires_at": expires_at,
            }
        )

    def states(self) -> list[TaskState]:
        """Return the states of the tasks that have written one, in order of the tasks."""
        query = self._collection.where(filter=FieldFilter("execution", "==", self._execution))
        states = [_task_state(document.to_dict() or {}) for document in query.stream()]
        return sorted(states, key=lambda state: state.index)

    def is_complete(self, states: Sequence[TaskState]) -> bool:
        """Return whether all tasks are done."""
        return sum(state.is_done for state in states) == self._count


def total(states: Sequence[TaskState]) -> Snapshot:
    """Sum the counts. `table` is that of the first task that is not done, `seconds` the longest."""
    counts = {name: sum(getattr(state.snapshot, name) for state in states) for name in _COUNTS}
    current_tables = [state.snapshot.table for state in states if not state.is_done]
    table = next((name for name in current_tables if name), "")
    seconds = max((state.snapshot.seconds for state in states), default=0.0)
    return Snapshot(table=table, seconds=seconds, **counts)


def _task_state(fields: dict[str, Any]) -> TaskState:
    progress = fields["progress"]
    # Unknown fields are those of another version of the job.
    known = {name: progress[name] for name in Snapshot._fields if name in progress}
    return TaskState(fields["index"], fields["status"] == DONE, Snapshot(**known))
