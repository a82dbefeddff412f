"""Runs the documents' code blocks that need a Google project, against the local stack.

gcloud is the real one, with another endpoint for Cloud Storage. bq is a stub that records its
arguments. Blocks that need more services than the stack has are skipped, each with its reason.
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

GOOGLE_PROJECT = {"Google project", "projeto no Google Cloud"}
BLOCKS = [
    block for document in DOCUMENTS for block in blocks(document) if block.needs in GOOGLE_PROJECT
]
SKIPPED = {
    "gcloud auth login": "it needs a person to log in",
    "DEVSHELL_PROJECT_ID": "only Google's Cloud Shell names the project so",
    "make deploy": "it creates resources; test_deploy.py tests the steps after that",
    "gcloud logging read": "the stack has no Cloud Logging",
    "--dataset brutos_gdb": "the stack of these tests has no BigQuery; test_dataset_load.py has",
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with the files that the documents name, and a bucket with the objects.

    `replacements` maps names in the blocks to the stack's names.
    """

    console: Console
    folder: Path
    environment: dict[str, str]
    replacements: dict[str, str]

    def run(self, block: Block) -> None:
        text = block.text
        for name, replacement in self.replacements.items():
            text = text.replace(name, replacement)
        interpreter = ["bash", "-euo", "pipefail"] if block.language == "sh" else [sys.executable]
        process = subprocess.run(
            [*interpreter, "-c", text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stdout + process.stderr

    def is_everything_exported(self) -> bool:
        blobs = self.console.bucket.list_blobs(prefix="documents/")
        uploads = [blob for blob in blobs if blob.name.lower().endswith((".gdb", ".fdb"))]
        statuses = [self.console.until_final(upload)["status"] for upload in uploads]
        return len(statuses) >= 4 and set(statuses) == {Status.SUCCESS}


@pytest.fixture(scope="module")
def workspace(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "BACKUP.GDB").write_bytes(database("cnes"))
    (folder / "examples").symlink_to(REPOSITORY / "examples")
    (folder / "token").write_text("not checked")
    (folder / "bq").write_text('#!/bin/sh\necho "$@" >> bq.calls\n')
    (folder / "bq").chmod(0o755)
    assert main(["export", str(folder / "BACKUP.GDB")]) == 0
    with zipfile.ZipFile(folder / "BACKUP.zip") as archive:
        archive.extractall(folder / "csv")
    names = ("BACKUP.GDB", "cnes/BACKUP.GDB", "old/2019/A.GDB", "old/B.fdb")
    uploads = [console.upload(f"documents/{name}", database("evolve")) for name in names]
    task_id = str(console.until_final(uploads[0])["task_id"])
    storage = console.stack.storage.url
    replacements = {
        "/b/BUCKET/o/": f"/b/{BUCKET}/o/documents%2F",
        "BUCKET": f"{BUCKET}/documents",
        "my-project": PROJECT,
        "TASK_ID": task_id,
        "cancel ID": f"cancel {task_id}",
        "https://storage.googleapis.com": storage,
    }
    workspace = Workspace(console, folder, environment(console, folder), replacements)
    assert workspace.is_everything_exported()
    return workspace


def environment(console: Console, folder: Path) -> dict[str, str]:
    """Environment variables that direct all clients, gcloud's too, to the stack."""
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
    """The document, and text of the block from about the end of its first comment on."""
    return f"{block.document.stem}: {' '.join(block.text.split())[20:70]}"


@pytest.mark.parametrize("block", BLOCKS, ids=name)
def test_a_block_runs(block: Block, workspace: Workspace) -> None:
    for command, reason in SKIPPED.items():
        if command in block.text:
            pytest.skip(f"{block.document.name}, {command}: {reason}")
    if "gcloud " in block.text and shutil.which("gcloud") is None:
        pytest.skip(f"{block.document.name}: gcloud is not installed")
    workspace.run(block)
    assert workspace.is_everything_exported()


def test_bigquery_loads_each_uploaded_table(workspace: Workspace) -> None:
    if shutil.which("gcloud") is None:
        pytest.skip("loading.md: gcloud is not installed")
    calls = workspace.folder / "bq.calls"
    if not (calls.exists() and "load" in calls.read_text()):
        [block] = [block for block in BLOCKS if "load_bigquery.sh" in block.text]
        workspace.run(block)
    loads = [line.split() for line in calls.read_text().splitlines() if "load" in line.split()]
    sources = {next(word for word in load if word.startswith("gs://")) for load in loads}
    blobs = workspace.console.bucket.list_blobs(prefix="documents/csv/")
    assert {f"gs://{BUCKET}/{blob.name}" for blob in blobs} == sources
    assert len(sources) == 32
    assert any("my_dataset.LFCES004" in load for load in loads)


def test_every_skipped_command_is_in_a_document() -> None:
    for command in SKIPPED:
        assert any(command in block.text for block in BLOCKS), command
