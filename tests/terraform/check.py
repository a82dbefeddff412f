"""Check terraform/ without a cloud, by the best means at hand, and say which that was.

The real providers: fmt, init, validate, test. Where they cannot be had, the offline checker in
../shared/tools/tfcheck (TFCHECK names another place), against the schemas of the oldest and the
newest provider that it has: the same, and a rehearsed apply after which a plan finds nothing to
do. Where neither is there, or no terraform, the check is skipped, aloud. Then checkov, for the
configuration and the Dockerfile; the findings that are accepted are reasoned where they are.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# Long messages of terraform are broken into lines at any blank.
OUT_OF_REACH = re.compile(r"could\W+not\W+connect\W+to|failed\W+to\W+request\W+discovery")
CHECKER = Path(os.environ.get("TFCHECK") or PROJECT.parent / "shared" / "tools" / "tfcheck")
CHECKOV = "checkov==3.3.30"
UV = [Path(sys.executable).with_name("uv"), "--quiet", "tool", "run"]
ALWAYS = {
    "project_id": "demo-project",
    # Nothing is built in a rehearsal.
    "image": "southamerica-east1-docker.pkg.dev/demo-project/images/job:1.2",
}
ALL_SWITCHED = {
    **ALWAYS,
    "uploads": '{ bucket = "their-bucket", existing = true, prefix = "cnes/" }',
    "firestore": '{ database = "ledger", existing = true }',
    "kms_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="terraform-check-") as scratch:
        copy = Path(scratch, "project")
        copy_sources(copy)
        check_terraform(copy / "terraform", Path(scratch))
        check_with_checkov(copy)


def copy_sources(copy: Path) -> None:
    """What git would take, so that nothing is written beside the sources and nothing left out."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True)
    for name in filter(None, found.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, copy / name)


def check_terraform(folder: Path, scratch: Path) -> None:
    if shutil.which("terraform") is None:
        say("SKIPPED: there is no terraform on the PATH; terraform/ is not checked")
    elif gets_providers(folder):
        say("with the real providers")
        for command in (["fmt", "-check", "-recursive", "-diff"], ["validate"], ["test"]):
            run(["terraform", *command], folder)
    elif (CHECKER / "tfcheck").exists():
        rehearse(folder, scratch)
    else:
        say(f"SKIPPED: no providers can be had, and there is no {CHECKER}")


def gets_providers(folder: Path) -> bool:
    """False where they are out of reach; whatever else stops `terraform init` ends the check."""
    command = ["terraform", "init", "-backend=false", "-input=false", "-no-color"]
    quickly = {"TF_REGISTRY_DISCOVERY_RETRY": "0", "TF_REGISTRY_CLIENT_TIMEOUT": "10"}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **quickly}, capture_output=True, text=True
    )
    if done.returncode and not OUT_OF_REACH.search(done.stderr):
        sys.exit(done.stderr)
    return done.returncode == 0


def rehearse(folder: Path, scratch: Path) -> None:
    checker = scratch / "tfcheck"
    shutil.copytree(CHECKER, checker, copy_function=shutil.copy)
    checker.chmod(0o755)
    requirements = [f"--with-requirements={checker / 'requirements.txt'}", "--no-project"]
    start = [*UV[:-2], "run", *requirements, "python", checker / "tfcheck", folder]
    start += [f"--root={folder.parent}"]
    rehearsal = ["--apply", "--no-test", "--no-fmt"]
    oldest, newest = oldest_and_newest_google(checker / "schemas")
    say(f"offline, with {checker.name}: schema {newest}")
    # Variables on the command line would override those of the tests.
    run(start, folder)
    run([*start, *rehearsal, *as_arguments(ALWAYS)], folder)
    say(f"offline, with {checker.name}: schema {oldest}, every switch the other way")
    pins = [f"--use=google={oldest}", f"--use=google-beta={oldest}"]
    run([*start, *rehearsal, *as_arguments(ALL_SWITCHED), *pins], folder)


def as_arguments(variables: dict[str, str]) -> list[str]:
    return [f"--var={name}={value}" for name, value in variables.items()]


def oldest_and_newest_google(schemas: Path) -> tuple[str, str]:
    found = [path.name.removesuffix(".json.gz") for path in schemas.glob("google-[0-9]*.json.gz")]
    versions = sorted(
        (name.removeprefix("google-") for name in found),
        key=lambda version: [int(part) for part in version.split(".")],
    )
    return versions[0], versions[-1]


def check_with_checkov(copy: Path) -> None:
    say(f"{CHECKOV} over terraform/ and job/Dockerfile")
    options = ["--framework", "terraform", "dockerfile", "--quiet", "--compact", "--skip-download"]
    run([*UV, "--from", CHECKOV, "checkov", "--directory", copy, *options], copy)


def run(command: list[object], folder: Path) -> None:
    environment = {"UV_SYSTEM_CERTS": "1", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(list(map(str, command)), cwd=folder, env={**os.environ, **environment})
    if done.returncode:
        sys.exit(done.returncode)


def say(words: str) -> None:
    print(f"terraform-check: {words}", flush=True)


if __name__ == "__main__":
    main()
