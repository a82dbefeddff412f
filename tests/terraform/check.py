"""Checks terraform/ without a cloud, and prints how.

With the real providers: fmt, init, validate, test. Where they cannot be downloaded, an offline
checker (../shared/tools/tfcheck, or the folder TFCHECK) does the same against the schemas of its
oldest and newest provider, and simulates an apply after which a plan must be empty. Without either,
or without terraform, the check is skipped with a message. Then checkov checks the configuration
and the Dockerfile; accepted findings are explained in the files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from monitoring_api import errors_in_plan

PROJECT = Path(__file__).resolve().parents[2]
# terraform wraps long messages at any space
UNREACHABLE = re.compile(r"could\W+not\W+connect\W+to|failed\W+to\W+request\W+discovery")
CHECKER = Path(os.environ.get("TFCHECK") or PROJECT.parent / "shared" / "tools" / "tfcheck")
NO_VARIABLES: Mapping[str, str] = {}
CHECKOV = "checkov==3.3.30"
UV = [Path(sys.executable).with_name("uv"), "--quiet", "tool", "run"]
BASE_VARIABLES = {
    "project_id": "demo-project",
    # a simulated apply builds no image
    "image": "southamerica-east1-docker.pkg.dev/demo-project/images/job:1.2",
}
ALTERNATIVE_VARIABLES = {
    **BASE_VARIABLES,
    "uploads": (
        '{ bucket = "their-bucket", existing = true, checked = false, location = "US",'
        ' prefix = "cnes/" }'
    ),
    "firestore": '{ database = "ledger", existing = true }',
    "kms_keys": "{ "
    + ", ".join(
        f'{name} = "projects/p/locations/l/keyRings/r/cryptoKeys/k"'
        for name in ("uploads", "sources", "database", "images", "functions", "job")
    )
    + " }",
    "grant_service_agents": "false",
    "grant_pubsub_token_creator": "true",
    "build_region": "us-central1",
    "vpc": '{ subnetwork = "private" }',
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="terraform-check-") as scratch:
        copy = Path(scratch, "project")
        copy_sources(copy)
        check_terraform(copy / "terraform", Path(scratch))
        check_requirements_of_function(copy)
        check_with_checkov(copy)


def copy_sources(copy: Path) -> None:
    """Copy the files that git tracks or would track, so that checks write outside the sources."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, copy / name)


def check_terraform(folder: Path, scratch: Path) -> None:
    if shutil.which("terraform") is None:
        report("SKIPPED: terraform is not installed; terraform/ is not checked")
    elif can_get_providers(folder):
        report("with the real providers")
        for command in (["fmt", "-check", "-recursive", "-diff"], ["validate"], ["test"]):
            run(["terraform", *command], folder)
        for example in examples(folder):
            run(["terraform", "init", "-backend=false", "-input=false"], example)
            run(["terraform", "validate"], example)
    elif (CHECKER / "tfcheck").exists():
        check_offline(folder, scratch)
    else:
        report(f"SKIPPED: the providers cannot be downloaded, and {CHECKER} does not exist")


def can_get_providers(folder: Path) -> bool:
    """False if they are unreachable; any other failure of `terraform init` ends the check."""
    command = ["terraform", "init", "-backend=false", "-input=false", "-no-color"]
    timeouts = {"TF_REGISTRY_DISCOVERY_RETRY": "0", "TF_REGISTRY_CLIENT_TIMEOUT": "10"}
    process = subprocess.run(
        command, cwd=folder, env={**os.environ, **timeouts}, capture_output=True, text=True
    )
    if process.returncode and not UNREACHABLE.search(process.stderr):
        sys.exit(process.stderr)
    return process.returncode == 0


def check_offline(folder: Path, scratch: Path) -> None:
    """Check with the offline checker, which is copied to `scratch`."""
    checker = scratch / "tfcheck"
    shutil.copytree(CHECKER, checker, copy_function=shutil.copy)
    checker.chmod(0o755)
    requirements = [f"--with-requirements={checker / 'requirements.txt'}", "--no-project"]
    start = [*UV[:-2], "run", *requirements, "python", checker / "tfcheck", folder]
    start += [f"--root={folder.parent}"]
    simulation = ["--apply", "--destroy", "--no-test", "--no-fmt"]
    oldest, newest = oldest_and_newest_google(checker / "schemas")
    report(f"offline, with {checker.name}: schema {newest}")
    # the tests run without variables: those of the command line would override theirs
    run(start, folder)
    plan = scratch / "plan.json"
    gcloud = StubGcloud(scratch)
    run(
        [*start, *simulation, f"--plan-json={plan}", *as_arguments(BASE_VARIABLES)],
        folder,
        gcloud.environment,
    )
    gcloud.check_kept_grants()
    check_with_monitoring_api(plan)
    report(f"offline, with {checker.name}: schema {oldest}, every switch changed")
    pins = [f"--use=google={oldest}", f"--use=google-beta={oldest}"]
    run([*start, *simulation, *as_arguments(ALTERNATIVE_VARIABLES), *pins], folder)
    for example in examples(folder):
        report(f"offline, with {checker.name}: example {example.name}")
        place = [*start[: start.index(folder)], example, *start[start.index(folder) + 1 :]]
        run([*place, "--apply", "--destroy", *as_arguments(BASE_VARIABLES)], example)


class StubGcloud:
    """A command gcloud that only writes down its arguments."""

    def __init__(self, scratch: Path) -> None:
        self._calls = scratch / "gcloud.calls"
        self._calls.touch()
        command = scratch / "bin" / "gcloud"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\necho "$@" >> "{self._calls}"\n')
        command.chmod(0o755)
        self.environment = {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}

    def check_kept_grants(self) -> None:
        """Exit unless a destroy granted the roles that the whole project needs once more."""
        report("roles of Google's service agents, which a destroy keeps")
        calls = self._calls.read_text()
        roles = re.findall(r"projects add-iam-policy-binding demo-project --role=(\S+)", calls)
        if sorted(roles) != ["roles/eventarc.serviceAgent", "roles/pubsub.publisher"]:
            sys.exit(f"the destroy granted {roles}: {calls}")


def check_with_monitoring_api(plan: Path) -> None:
    report("alert policies and dashboard, with the definitions of the Monitoring API")
    if errors := errors_in_plan(json.loads(plan.read_text(encoding="utf-8"))):
        sys.exit("\n".join(errors))


def examples(folder: Path) -> list[Path]:
    folders = sorted(file.parent for file in folder.glob("examples/*/main.tf"))
    assert folders, "terraform/examples is empty"
    return folders


def as_arguments(variables: dict[str, str]) -> list[str]:
    return [f"--var={name}={value}" for name, value in variables.items()]


def oldest_and_newest_google(schemas: Path) -> tuple[str, str]:
    names = [path.name.removesuffix(".json.gz") for path in schemas.glob("google-[0-9]*.json.gz")]
    versions = sorted(
        (name.removeprefix("google-") for name in names),
        key=lambda version: [int(part) for part in version.split(".")],
    )
    return versions[0], versions[-1]


def check_requirements_of_function(copy: Path) -> None:
    """The pinned packages have wheels for the function's Python, with the pinned hashes."""
    runtime = re.search(r'"python3(\d+)"', (copy / "terraform" / "function.tf").read_text())
    assert runtime, "terraform/function.tf names no Python"
    version = f"3.{runtime[1]}"
    report(f"the function's requirements, for Python {version}")
    options = ["--dry-run", "--require-hashes", "--only-binary=:all:", "--reinstall"]
    platform = [f"--python-version={version}", "--python-platform=x86_64-unknown-linux-gnu"]
    target = f"--target={copy / 'site'}"
    requirements = copy / "functions" / "requirements.txt"
    run([*UV[:-2], "pip", "install", *options, *platform, target, "-r", requirements], copy)


def check_with_checkov(copy: Path) -> None:
    report(f"{CHECKOV} over terraform/ and job/Dockerfile")
    options = ["--framework", "terraform", "dockerfile", "--quiet", "--compact", "--skip-download"]
    run([*UV, "--from", CHECKOV, "checkov", "--directory", copy, *options], copy)


def run(command: list[object], folder: Path, variables: Mapping[str, str] = NO_VARIABLES) -> None:
    environment = {"UV_SYSTEM_CERTS": "1", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    environment |= variables
    done = subprocess.run(list(map(str, command)), cwd=folder, env={**os.environ, **environment})
    if done.returncode:
        sys.exit(done.returncode)


def report(message: str) -> None:
    print(f"terraform-check: {message}", flush=True)


if __name__ == "__main__":
    main()
