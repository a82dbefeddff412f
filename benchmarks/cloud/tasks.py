"""Exports by several tasks: checks that the bytes are the same, and measures the CPU time.

Each task is a process as Cloud Run starts it, `python -m job`. Its CPU time includes the start of
the interpreter and the imports.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from google.cloud import firestore

from benchmarks.cloud.served import BUCKET, Bench
from benchmarks.measure import ROUNDS, Run, best, run
from benchmarks.prepared import MB
from benchmarks.results import Result
from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)
from local.firestore_emulator import FirestoreEmulator, firestore_emulator

PROJECT = "bench"
# The maximum of the CPU time of several tasks, relative to one task, by the number of tasks
TARGETS = {8: 1.15}
# Starts the interpreter and loads the libraries: the same for every export
START = [
    sys.executable,
    "-c",
    "from gdb_export.garbage_collection import raise_gc_thresholds; raise_gc_thresholds();"
    "import job.main",
]


class Tasks:
    """Exports one object by several tasks, as many at a time as there are cores."""

    def __init__(self, bench: Bench, path: Path, emulator: FirestoreEmulator) -> None:
        bench.put(path)
        self._bench = bench
        self._object = bench.bucket.get_blob(path.name)
        self._zip = path.with_suffix(".zip").name
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.host
        self._documents = firestore.Client(project=PROJECT)
        self._environment = {
            **bench.environment,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "CLOUD_RUN_JOB": "export",
            "LEASE_SECONDS": "600",
        }

    def export(self, count: int) -> tuple[str, list[Run]]:
        """Export by `count` tasks; return the digest of the ZIP, which is removed, and the runs."""
        document = self._new_document()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = list(pool.map(lambda index: self._run(document, index, count), range(count)))
        status = (self._documents.document(document).get().to_dict() or {})["status"]
        if status != Status.SUCCESS:
            raise SystemExit(f"{count} tasks: {status}")
        blob = self._bench.bucket.blob(self._zip)
        digest = hashlib.sha256()
        with blob.open("rb", chunk_size=8 << 20) as stream:
            while block := stream.read(8 << 20):
                digest.update(block)
        blob.delete()
        return digest.hexdigest(), runs

    def _new_document(self) -> str:
        generation = str(self._object.generation)
        source = SourceObject(BUCKET, self._object.name, generation, self._object.size)
        task_id = document_id(BUCKET, self._object.name, generation)
        document = JobDocument(task_id, Status.PENDING, source, created_at=datetime.now(UTC))
        path = document_path(task_id)
        self._documents.document(path).set(document.to_fields())
        return path

    def _run(self, document: str, index: int, count: int) -> Run:
        variables = {
            "EXPORT_DOCUMENT": document,
            "CLOUD_RUN_EXECUTION": f"by-{count}",
            "CLOUD_RUN_TASK_INDEX": str(index),
            "CLOUD_RUN_TASK_COUNT": str(count),
        }
        return run([sys.executable, "-m", "job"], {**self._environment, **variables})


def results_of_tasks(bench: Bench, path: Path, counts: Sequence[int]) -> Iterator[Result]:
    """Compare each number of tasks with the first; exit if the bytes differ."""
    if not counts:
        return
    subject = f"{path.stat().st_size / MB:,.0f} MB"
    start = best([run(START, bench.environment) for _ in range(ROUNDS)]).cpu_seconds
    with firestore_emulator() as emulator:
        tasks = Tasks(bench, path, emulator)
        expected, one_task = "", 0.0
        for count in counts:
            digest, runs = tasks.export(count)
            expected = expected or digest
            if digest != expected:
                raise SystemExit(f"the bytes of {count} tasks differ from those of {counts[0]}")
            seconds = sum(task.cpu_seconds for task in runs)
            one_task = one_task or seconds
            yield _result(
                f"{_named(count)}, the same bytes, CPU time", subject, seconds, one_task, count
            )
            work = seconds - count * start
            yield _result(f"{_named(count)}, without start", subject, work, one_task - start, count)


def _named(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _result(measure: str, subject: str, seconds: float, one_task: float, count: int) -> Result:
    """The CPU time of `count` tasks, compared with that of one task."""
    ratio = seconds / one_task
    compared = f"{one_task:.1f} s of one"
    return Result(
        measure, subject, f"{seconds:.1f} s", compared, ratio, f"{ratio:.2f}", TARGETS.get(count)
    )
