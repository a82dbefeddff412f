"""Exports to Parquet by several tasks, against Firestore's emulator and a storage server."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.cloud import firestore, storage

import gdb_export
from gdb_export.gcs.exports.folder_part_export import FolderPartExport
from job.attempt import StopReason
from tests.job.test_part_task import DATABASE, Stage


class ParquetStage(Stage):
    def set_options(self, **options: Any) -> None:
        self.reference.update({"options": options})

    def manifest(self) -> dict[str, Any]:
        data = self.bucket.blob("BACKUP/datapackage.json").download_as_bytes()
        return dict(json.loads(data))

    def table(self, resource: dict[str, Any]) -> pa.Table:
        paths = resource["path"]
        files = [
            self.bucket.blob(f"BACKUP/{path}").download_as_bytes()
            for path in ([paths] if isinstance(paths, str) else paths)
        ]
        return pa.concat_tables(pq.read_table(io.BytesIO(data)) for data in files)

    def run_all(self, count: int, execution: str = "export-1") -> None:
        with ThreadPoolExecutor(count) as pool:
            tasks = [self.task(index, count, execution=execution) for index in range(count)]
            assert list(pool.map(lambda task: task.run(), tasks)) == [0] * count


@pytest.fixture
def stage(
    documents: firestore.Client, objects: storage.Client, monkeypatch: pytest.MonkeyPatch
) -> ParquetStage:
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 1)  # a page for each chunk
    stage = ParquetStage(documents, objects)
    stage.set_options(format="parquet")
    return stage


def test_the_parts_of_all_tasks_hold_the_tables_and_the_manifest_lists_them(
    stage: ParquetStage,
) -> None:
    stage.run_all(6)
    result = stage.fields()["result"]
    assert (stage.fields()["status"], result["output"]) == ("SUCCESS", "gs://uploads/BACKUP/")
    resources = stage.manifest()["resources"]
    paths: set[str] = set()
    split = 0
    with gdb_export.open(DATABASE) as db:
        assert [resource["title"] for resource in resources] == list(db.tables)
        for resource in resources:
            files = resource["path"] if "x-parts" in resource else [resource["path"]]
            split += len(files) > 1
            paths.update(files)
            name = resource["title"]
            assert files == [f"{name}.parquet/part-{i:05d}.parquet" for i in range(len(files))]
            expected = db.tables[name].arrow().read_all()
            assert str(stage.table(resource).to_pylist()) == str(expected.to_pylist())
            assert resource["rows"] == expected.num_rows
    assert split
    files = {f"BACKUP/{path}" for path in (*paths, "datapackage.json")}
    assert set(stage.names()) == {"BACKUP.GDB", *files}
    assert result["rows"] == sum(resource["rows"] for resource in resources)


def test_the_same_number_of_tasks_writes_the_same_bytes(stage: ParquetStage) -> None:
    def hashes(prefix: str) -> dict[str, str]:
        blobs = stage.bucket.list_blobs(prefix=prefix)
        return {blob.name.removeprefix(prefix): blob.crc32c for blob in blobs}

    before = stage.reference.get().to_dict()
    stage.run_all(3)
    stage.reference.set({**before, "options": {"format": "parquet", "workers": 1}})
    stage.run_all(3, "export-2")
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP-export1/"
    assert hashes("BACKUP/") == hashes("BACKUP-export1/")


def test_another_execution_adopts_the_folder(stage: ParquetStage) -> None:
    before = stage.reference.get().to_dict()
    stage.run_all(2)
    generations, result = stage.generations(), stage.fields()["result"]
    stage.reference.set(before)
    stage.run_all(2, "export-2")
    assert stage.generations() == generations
    assert stage.fields()["result"] == result


def test_only_the_failed_task_is_repeated(
    stage: ParquetStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = FolderPartExport.write

    def recording_write(part: FolderPartExport, index: int, *arguments: Any) -> None:
        written.append(index)
        write(part, index, *arguments)

    monkeypatch.setattr(FolderPartExport, "write", recording_write)
    assert stage.task(0, 3).run() == 0
    assert stage.task(2, 3).run() == 0
    before = stage.generations()
    terminated = stage.task(1, 3)
    terminated.stop(StopReason.TERMINATED)
    assert terminated.run() == 1
    assert before.items() <= stage.generations().items()
    assert not [name for name in stage.names() if name.startswith("BACKUP/")]
    assert stage.task(1, 3, attempt=1).run() == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"
    assert written == [0, 2, 1, 1]


def test_a_failed_assembly_is_repeated_by_the_next_attempt(
    stage: ParquetStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage.task(0, 2).run() == 0
    with monkeypatch.context() as patch:
        patch.setattr(FolderPartExport, "assemble", lambda *_: 1 / 0)
        assert stage.task(1, 2).run() == 1
    assert stage.task(1, 2, attempt=1).run() == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"
    assert not [name for name in stage.names() if name.startswith(".parts/")]


def test_a_cancel_request_leaves_nothing(stage: ParquetStage) -> None:
    assert stage.task(0, 3).run() == 0
    stage.reference.update({"cancel_requested": True})
    for index in (1, 2):
        assert stage.task(index, 3).run() == 0
    assert stage.fields()["status"] == "CANCELLED"
    assert stage.names() == ["BACKUP.GDB"]


def test_both_formats_by_several_tasks_are_refused_in_words(stage: ParquetStage) -> None:
    stage.set_options(format="csv,parquet")
    assert stage.task(0, 2).run() == 0
    error = stage.fields()["result"]["error"]
    assert (error["code"], error["message"].partition(".")[0]) == (
        "BAD_OPTION",
        "export-format: csv,parquet is written by one task only",
    )
