"""`make deploy`, with the local stack instead of the resources that Terraform creates."""

import os
import subprocess
from pathlib import Path

from local.stack import BUCKET, PROJECT, REPOSITORY
from tests.end_to_end.console import Console

# A stub that prints the outputs and records the other calls
TERRAFORM = f"""#!/bin/sh
case "$*" in
*"output -raw uploads") printf gs://{BUCKET}/deployed/ ;;
*"output -raw firestore_database") printf '(default)' ;;
*) echo "$@" >> "$CALLS" ;;
esac
"""


def test_a_deployment_ends_with_the_export_of_a_sample(console: Console, tmp_path: Path) -> None:
    stub, calls = tmp_path / "terraform", tmp_path / "calls"
    stub.write_text(TERRAFORM)
    stub.chmod(0o755)
    output = subprocess.run(
        ["make", "--silent", "deploy", f"PROJECT={PROJECT}"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(calls),
            "STORAGE_EMULATOR_HOST": console.stack.storage.url,
            "FIRESTORE_EMULATOR_HOST": console.stack.emulator.host,
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert calls.read_text().splitlines() == [
        "-chdir=terraform init -input=false",
        f"-chdir=terraform apply -var project_id={PROJECT}",
        "-chdir=terraform output -raw collection_prefix",
    ]
    assert f"SUCCESS    gs://{BUCKET}/deployed/SAMPLE.zip: 19 tables" in output
    assert output.rstrip().endswith("T_STR")
    assert {"deployed/SAMPLE.GDB", "deployed/SAMPLE.zip"} <= set(console.names("deployed/"))


def test_a_deployment_needs_a_project() -> None:
    environment = {name: text for name, text in os.environ.items() if name != "PROJECT"}
    process = subprocess.run(
        ["make", "deploy"], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert process.returncode == 2
    assert "which project?" in process.stderr
