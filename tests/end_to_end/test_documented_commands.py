"""The blocks of the documents that need a Google project, run against the local stack.

gcloud is the real one; only Cloud Storage's address is another. bq is one that writes down how it
was called. What asks for more of Google than the stack has is skipped, each with its reason.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.contract.job_document import Status
from local.stack import BUCKET, PROJECT, REPOSITORY
from tests.documents.blocks import DOCUMENTS, Block, blocks
from tests.end_to_end.console import Console, database

NEEDS = {"Google project", "projeto no Google Cloud"}
BLOCKS = [each for name in DOCUMENTS for each in blocks(name) if each.needs in NEEDS]
NOT_HERE = {
    "gcloud auth login": "it asks a person to log in",
    "make deploy": "it provisions; test_deploy.py has what comes after",
    "gcloud logging read": "the stack has no Cloud Logging",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with what the documents name, beside a bucket with what they take for granted."""

    console: Console
    folder: Path
    environment: dict[str, str]
    words: dict[str, str]

    def run(self, block: Block) -> None:
        text = block.text
        for word, here in self.words.items():
            text = text.replace(word, here)
        language = ["bash", "-euo", "pipefail"] if block.language == "sh" else [sys.executable]
        done = subprocess.run(
            [*language, "-c", text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def everything_is_exported(self) -> bool:
        found = self.console.bucket.list_blobs(prefix="documents/")
        uploads = [each for each in found if each.name.lower().endswith((".gdb", ".fdb"))]
        ends = [self.console.until_final(upload)["status"] for upload in uploads]
        return len(ends) >= 4 and set(ends) == {Status.SUCCESS}


@pytest.fixture(scope="module")
def desk(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "BACKUP.GDB").write_bytes(database("cnes"))
    (folder / "examples").symlink_to(REPOSITORY / "examples")
    (folder / "token").write_text("none is looked at")
    (folder / "bq").write_text('#!/bin/sh\necho "$@" >> bq.calls\n')
    (folder / "bq").chmod(0o755)
    assert main(["export", str(folder / "BACKUP.GDB")]) == 0
    with zipfile.ZipFile(folder / "BACKUP.zip") as archive:
        archive.extractall(folder / "csv")
    names = ("BACKUP.GDB", "cnes/BACKUP.GDB", "old/2019/A.GDB", "old/B.fdb")
    uploads = [console.upload(f"documents/{name}", database("evolve")) for name in names]
    task_id = str(console.until_final(uploads[0])["task_id"])
    storage = console.stack.storage.url
    words = {
        "/b/BUCKET/o/": f"/b/{BUCKET}/o/documents%2F",
        "BUCKET": f"{BUCKET}/documents",
        "my-project": PROJECT,
        "TASK_ID": task_id,
        "cancel ID": f"cancel {task_id}",
        "https://storage.googleapis.com": storage,
    }
    desk = Desk(console, folder, environment(console, folder), words)
    assert desk.everything_is_exported()
    return desk


def environment(console: Console, folder: Path) -> dict[str, str]:
    """As in a shell in which the clients, gcloud's too, are led to the stack."""
    gcloud = {
        "API_ENDPOINT_OVERRIDES_STORAGE": f"{console.stack.storage.url}/storage/v1/",
        "AUTH_ACCESS_TOKEN_FILE": str(folder / "token"),
        "COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        "CONFIG": str(folder / "gcloud"),
        "CORE_CHECK_GCE_METADATA": "false",
        "CORE_DISABLE_PROMPTS": "true",
        "CORE_DISABLE_USAGE_REPORTING": "true",
        "CORE_PROJECT": PROJECT,
    }
    return {
        **os.environ,
        **{f"CLOUDSDK_{name}": value for name, value in gcloud.items()},
        "PATH": os.pathsep.join(
            [str(folder), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "PYTHONPATH": str(REPOSITORY / "examples"),
        "PYTHONWARNINGS": "ignore",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "STORAGE_EMULATOR_HOST": console.stack.storage.url,
        "FIRESTORE_EMULATOR_HOST": console.stack.emulator.host,
    }


def name(block: Block) -> str:
    return f"{block.document.stem}: {' '.join(block.text.split())[20:70]}"


@pytest.mark.parametrize("block", BLOCKS, ids=name)
def test_a_block_does_what_it_says(block: Block, desk: Desk) -> None:
    for command, reason in NOT_HERE.items():
        if command in block.text:
            pytest.skip(f"{block.document.name}, {command}: {reason}")
    if "gcloud " in block.text and shutil.which("gcloud") is None:
        pytest.skip(f"{block.document.name}: there is no gcloud here")
    desk.run(block)
    assert desk.everything_is_exported()


def test_bigquery_is_given_each_table_from_where_it_was_uploaded(desk: Desk) -> None:
    if shutil.which("gcloud") is None:
        pytest.skip("loading.md: there is no gcloud here")
    if not (calls := desk.folder / "bq.calls").exists():
        pytest.fail("the block of loading.md has not run")
    loads = [line.split() for line in calls.read_text().splitlines()]
    sources = {next(word for word in load if word.startswith("gs://")) for load in loads}
    found = desk.console.bucket.list_blobs(prefix="documents/csv/")
    assert {f"gs://{BUCKET}/{each.name}" for each in found} == sources
    assert len(sources) == 32
    assert any("my_dataset.LFCES004" in load for load in loads)


def test_what_is_not_run_is_in_a_document() -> None:
    for command in NOT_HERE:
        assert any(command in block.text for block in BLOCKS), command
