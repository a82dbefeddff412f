"""Checks a deployment in a real project: what only a project can show.

make verify PROJECT=… runs it. It reads with gcloud, uploads one sample, and prints a table. The
exit code is 1 if a check failed.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
SAMPLE = "gdb-export-verify.GDB"
# The sweep runs every ten minutes by default.
MAX_SILENCE = timedelta(hours=1)


class CheckFailed(Exception):
    """The deployment is not as it must be; the text says how."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project")
    parser.add_argument("sample", type=Path, help="a database, compressed by gzip")
    arguments = parser.parse_args()
    failures = 0
    for name, check in checks(Deployment(arguments.project), arguments.sample):
        try:
            shown = f"ok    {name}: {check()}"
        except CheckFailed as error:
            failures += 1
            shown = f"FAIL  {name}: {error}"
        print(shown, flush=True)
    return 1 if failures else 0


class Deployment:
    """Terraform's outputs, and gcloud in the project."""

    def __init__(self, project: str) -> None:
        self.project = project
        outputs = json.loads(run(["terraform", f"-chdir={FOLDER}", "output", "-json"]))
        self.outputs: Mapping[str, Any] = {
            name: output["value"] for name, output in outputs.items()
        }
        _, _, _, self.region, _, self.name = self.outputs["job"].split("/")

    def describe(self, *command: str) -> Any:
        """gcloud's answer to a command that only reads."""
        answer = run(["gcloud", *command, f"--project={self.project}", "--format=json"])
        return json.loads(answer or "null")


def checks(deployment: Deployment, sample: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "the job", lambda: job(deployment)
    yield "the function", lambda: function(deployment, deployment.name)
    yield "the sweep", lambda: function(deployment, f"{deployment.name}-sweep")
    yield "the schedule", lambda: schedule(deployment, datetime.now(UTC))
    yield "the index", lambda: index(deployment)
    yield "the expiry of documents", lambda: expiry(deployment)
    yield "an export", lambda: export(deployment, sample)


def job(deployment: Deployment) -> str:
    described = deployment.describe(
        "run", "jobs", "describe", deployment.name, f"--region={deployment.region}"
    )
    conditions = {item["type"]: item["status"] for item in described["status"]["conditions"]}
    require(conditions.get("Ready") == "True", f"is not ready: {conditions}")
    image = described["spec"]["template"]["spec"]["template"]["spec"]["containers"][0]["image"]
    require(image == deployment.outputs["image"], f"runs {image}")
    return f"ready, with {image}"


def function(deployment: Deployment, name: str) -> str:
    described = deployment.describe(
        "functions", "describe", name, "--gen2", f"--region={deployment.region}"
    )
    require(described.get("state") == "ACTIVE", f"is {described.get('state')}")
    trigger = described.get("eventTrigger")
    if trigger is None:
        return "active"
    policy = trigger.get("retryPolicy")
    require(policy == "RETRY_POLICY_RETRY", f"loses events after a failure: {policy}")
    return f"active, with the trigger {trigger['trigger'].rsplit('/', 1)[-1]}"


def schedule(deployment: Deployment, now: datetime) -> str:
    described = deployment.describe(
        "scheduler",
        "jobs",
        "describe",
        f"{deployment.name}-sweep",
        f"--location={deployment.region}",
    )
    require(described.get("state") == "ENABLED", f"is {described.get('state')}")
    last = described.get("lastAttemptTime")
    require(last is not None, "has not run yet: wait for ten minutes")
    code = described.get("status", {}).get("code", 0)
    require(code == 0, f"failed at {last}, with code {code}")
    require(now - datetime.fromisoformat(last) < MAX_SILENCE, f"has not run since {last}")
    return f"ran at {last}"


def index(deployment: Deployment) -> str:
    described = deployment.describe(
        "firestore", "indexes", "composite", "list", _database(deployment)
    )
    collection = f"/{deployment.outputs['collection_prefix']}exports/"
    states = [item["state"] for item in described if collection in item["name"]]
    require(bool(states), "does not exist")
    require(set(states) == {"READY"}, f"is {', '.join(states)}: wait until it is built")
    return "ready"


def expiry(deployment: Deployment) -> str:
    described = deployment.describe("firestore", "fields", "ttls", "list", _database(deployment))
    prefix = deployment.outputs["collection_prefix"]
    for name in ("exports", "tables", "tasks"):
        states = [
            item["ttlConfig"]["state"]
            for item in described
            if f"/{prefix}{name}/fields/expires_at" in item["name"]
        ]
        require(states == ["ACTIVE"], f"of {prefix}{name} is {states or 'missing'}")
    return "active for three collections"


def export(deployment: Deployment, sample: Path) -> str:
    target = f"{deployment.outputs['uploads']}{SAMPLE}"
    environment = {
        "GOOGLE_CLOUD_PROJECT": deployment.project,
        "FIRESTORE_DATABASE": deployment.outputs["firestore_database"],
        "COLLECTION_PREFIX": deployment.outputs["collection_prefix"],
    }
    database = FOLDER / "build" / SAMPLE
    database.parent.mkdir(exist_ok=True)
    database.write_bytes(gzip.decompress(sample.read_bytes()))
    command = [sys.executable, "-m", "gdb_export", "submit", str(database), target, "--watch"]
    return run(command, environment).strip().splitlines()[-1].strip()


def _database(deployment: Deployment) -> str:
    return f"--database={deployment.outputs['firestore_database']}"


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise CheckFailed(otherwise)


def run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """The output of a command. Raises CheckFailed with its last line of errors."""
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(command, capture_output=True, text=True, env=variables)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise CheckFailed(lines[-1] if lines else f"{command[0]} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
