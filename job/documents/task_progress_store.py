"""What the tasks of one execution tell each other: a document each, in a subcollection of the job
document. A task that has told that it is done keeps its part, whatever happens to the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from gdb_export.contract.job_document import TASKS_COLLECTION
from gdb_export.progress import Snapshot

WORKING, DONE = "PROGRESS", "SUCCESS"

_COUNTS = ("current", "tables", "tables_total", "pages", "pages_total", "rows", "bytes_out")


@dataclass(frozen=True, slots=True)
class TaskState:
    """How far a task is."""

    index: int
    is_done: bool
    snapshot: Snapshot


class TaskProgressStore:
    """Of an export by `count` tasks of one execution."""

    def __init__(self, client: firestore.Client, path: str, execution: str, count: int) -> None:
        self._collection = client.document(path).collection(TASKS_COLLECTION)
        self._execution = execution
        self._count = count

    def tell(self, index: int, attempt: int, snapshot: Snapshot, is_done: bool = False) -> None:
        self._collection.document(f"{self._execution}-{index:05d}").set(
            {
                "execution": self._execution,
                "index": index,
                "status": DONE if is_done else WORKING,
                "attempt": attempt,
                "progress": snapshot._asdict(),
                "updated_at": datetime.now(UTC),
            }
        )

    def states(self) -> list[TaskState]:
        """Of the tasks that have told something yet, in order."""
        mine = self._collection.where(filter=FieldFilter("execution", "==", self._execution))
        told = (document.to_dict() or {} for document in mine.stream())
        return sorted((_state(task) for task in told), key=lambda state: state.index)

    def is_complete(self, states: Sequence[TaskState]) -> bool:
        return sum(state.is_done for state in states) == self._count


def total(states: Sequence[TaskState]) -> Snapshot:
    """The sum; the table is that of the first task that is still working."""
    counts = {name: sum(getattr(state.snapshot, name) for state in states) for name in _COUNTS}
    working = [state.snapshot.table for state in states if not state.is_done]
    table = next((name for name in working if name), "")
    seconds = max((state.snapshot.seconds for state in states), default=0.0)
    return Snapshot(table=table, seconds=seconds, **counts)


def _state(told: dict[str, Any]) -> TaskState:
    counts = {key: told["progress"][key] for key in Snapshot._fields if key in told["progress"]}
    return TaskState(told["index"], told["status"] == DONE, Snapshot(**counts))
