"""One export by several tasks: the same bytes however many there are, and what they cost.

Each task is a process as Cloud Run starts it, `python -m job`; its seconds of processor are of the
whole process, from the start of the interpreter on, its imports included.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from google.cloud import firestore

from benchmarks.claims import Claim
from benchmarks.cloud.served import BUCKET, Bench
from benchmarks.measure import ROUNDS, Run, best, run
from benchmarks.prepared import MB
from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)
from local.firestore_emulator import FirestoreEmulator, firestore_emulator

PROJECT = "bench"
BARS = {8: 1.15}
# The interpreter and the libraries, most of them Google's clients: the same whatever is exported
START = [
    sys.executable,
    "-c",
    "from gdb_export.garbage_collection import raise_gc_thresholds as c; c(); import job.main",
]


class Tasks:
    """Exports of one object, each by so many tasks, two of them at a time."""

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
        """The digest of the ZIP, which is removed again, and the tasks."""
        document = self._new_document()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = list(pool.map(lambda index: self._run(document, index, count), range(count)))
        ended = (self._documents.document(document).get().to_dict() or {})["status"]
        if ended != Status.SUCCESS:
            raise SystemExit(f"{count} tasks: {ended}")
        blob = self._bench.bucket.blob(self._zip)
        digest = hashlib.sha256()
        with blob.open("rb", chunk_size=8 << 20) as stream:
            while piece := stream.read(8 << 20):
                digest.update(piece)
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
        own = {
            "EXPORT_DOCUMENT": document,
            "CLOUD_RUN_EXECUTION": f"by-{count}",
            "CLOUD_RUN_TASK_INDEX": str(index),
            "CLOUD_RUN_TASK_COUNT": str(count),
        }
        return run([sys.executable, "-m", "job"], {**self._environment, **own})


def claims_of_tasks(bench: Bench, path: Path, counts: Sequence[int]) -> Iterator[Claim]:
    """Each number of tasks beside the first; ends where the bytes are not the same."""
    if not counts:
        return
    of = f"{path.stat().st_size / MB:,.0f} MB"
    start = best([run(START, bench.environment) for _ in range(ROUNDS)]).processor
    with firestore_emulator() as emulator:
        tasks = Tasks(bench, path, emulator)
        expected, alone = "", 0.0
        for count in counts:
            digest, runs = tasks.export(count)
            expected = expected or digest
            if digest != expected:
                raise SystemExit(f"{count} tasks make other bytes than {counts[0]}")
            spent = sum(one.processor for one in runs)
            alone = alone or spent
            yield _claim(f"{_named(count)}, the same bytes, processor", of, spent, alone, count)
            work = spent - count * start
            yield _claim(f"{_named(count)}, without start", of, work, alone - start, count)


def _named(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _claim(what: str, of: str, spent: float, alone: float, count: int) -> Claim:
    ratio = spent / alone
    beside = f"{alone:.1f} s of one"
    return Claim(what, of, f"{spent:.1f} s", beside, ratio, f"{ratio:.2f}", BARS.get(count))
