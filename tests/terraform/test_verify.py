"""`make verify`, with stand-ins for gcloud and the export."""

import importlib.util
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hcl import PROJECT

_SPEC = importlib.util.spec_from_file_location("verify", PROJECT / "terraform" / "verify.py")
assert _SPEC is not None
assert _SPEC.loader is not None
verify: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(verify)

SAMPLE = PROJECT / "tests" / "data" / "fb15" / "types.fdb.gz"
IMAGE = "southamerica-east1-docker.pkg.dev/demo/gdb-export/job:1"
OUTPUTS = {
    "collection_prefix": "second-",
    "firestore_database": "(default)",
    "image": IMAGE,
    "job": "projects/demo/locations/southamerica-east1/jobs/gdb-export",
    "uploads": "gs://demo-gdb-export/",
}
FIELD = "projects/demo/databases/(default)/collectionGroups/second-{}/fields/expires_at"


def answers() -> dict[str, Any]:
    """gcloud's answers for a deployment without faults, by the words of the command."""
    container = {"containers": [{"image": IMAGE}]}
    return {
        "run jobs describe": {
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            "spec": {"template": {"spec": {"template": {"spec": container}}}},
        },
        "functions describe": {"state": "ACTIVE"},
        "scheduler jobs describe": {
            "state": "ENABLED",
            "lastAttemptTime": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        },
        "firestore indexes composite": [
            {"name": "projects/demo/x/collectionGroups/second-exports/indexes/1", "state": "READY"}
        ],
        "firestore fields ttls": [
            {"name": FIELD.format(name), "ttlConfig": {"state": "ACTIVE"}}
            for name in ("exports", "tables", "tasks")
        ],
    }


class StubDeployment(verify.Deployment):
    """A deployment whose gcloud gives prepared answers."""

    def __init__(self, gcloud: dict[str, Any]) -> None:
        self.project, self.region, self.name = "demo", "southamerica-east1", "gdb-export"
        self.outputs = OUTPUTS
        self._gcloud = gcloud

    def describe(self, *command: str) -> Any:
        words = " ".join(command)
        return next(self._gcloud[key] for key in self._gcloud if words.startswith(key))


def failures(gcloud: dict[str, Any]) -> dict[str, str]:
    """The messages of the checks that fail, by the check's name."""
    messages = {}
    for name, check in verify.checks(StubDeployment(gcloud), SAMPLE):
        try:
            check()
        except verify.CheckFailed as error:
            messages[name] = str(error)
    return messages


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """The commands other than gcloud's, which succeed."""
    started: list[Any] = []

    def run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
        started.append((command, environment))
        return "is uploaded\ndone: gs://demo-gdb-export/gdb-export-verify.zip\n"

    monkeypatch.setattr(verify, "run", run)
    monkeypatch.setattr(verify, "FOLDER", tmp_path)
    return started


def test_a_deployment_without_faults_passes(commands: list[Any]) -> None:
    assert failures(answers()) == {}
    [(command, environment)] = commands
    assert command[2:4] == ["gdb_export", "submit"]
    assert command[-2:] == ["gs://demo-gdb-export/gdb-export-verify.GDB", "--watch"]
    assert environment["COLLECTION_PREFIX"] == "second-"


FAULTS: list[tuple[str, str, Any, str]] = [
    ("the job", "run jobs describe", {"status": {"conditions": []}}, "is not ready"),
    ("the function", "functions describe", {"state": "FAILED"}, "is FAILED"),
    (
        "the function",
        "functions describe",
        {"state": "ACTIVE", "eventTrigger": {"retryPolicy": "RETRY_POLICY_DO_NOT_RETRY"}},
        "loses events",
    ),
    ("the schedule", "scheduler jobs describe", {"state": "PAUSED"}, "is PAUSED"),
    ("the schedule", "scheduler jobs describe", {"state": "ENABLED"}, "has not run yet"),
    (
        "the schedule",
        "scheduler jobs describe",
        {"state": "ENABLED", "lastAttemptTime": "2026-01-01T00:00:00Z"},
        "has not run since 2026-01-01",
    ),
    ("the index", "firestore indexes composite", [], "does not exist"),
    ("the expiry of documents", "firestore fields ttls", [], "of second-exports is missing"),
]


@pytest.mark.parametrize(("name", "command", "answer", "message"), FAULTS)
def test_a_fault_is_named(name: str, command: str, answer: Any, message: str) -> None:
    messages = failures(answers() | {command: answer})
    assert message in messages[name]


def test_verify_calls_nothing_that_changes_the_project() -> None:
    source = Path(str(verify.__file__)).read_text(encoding="utf-8")
    called = set(
        re.findall(r'"(describe|list|create|update|delete|deploy|set-\w+|add-\w+)"', source)
    )
    assert called == {"describe", "list"}
