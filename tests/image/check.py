"""Tests job/Dockerfile without a docker engine: runs its steps in a Debian root, then an export.

Each stage starts as a copy of a debootstrap root with the Debian release and the Python version of
the Dockerfile's base image. COPY, RUN, ENV, WORKDIR, USER and CMD are executed in order; any other
instruction is an error. The export runs as the image's user, without network, in a root that is
read-only except for /tmp. Needs root, debootstrap and bubblewrap.
"""

import argparse
import glob
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockerfile_parse import DockerfileParser

PROJECT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# With Python's headers, as in the official image
PACKAGES = "ca-certificates,python3,python3-dev,python3-pip,python3-venv"


@dataclass(frozen=True, slots=True)
class Stage:
    """The state of a stage after some of its instructions."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    command: tuple[str, ...] = ()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", type=Path, required=True)
    arguments.add_argument("--roots", type=Path, default=CACHE / "gdb-export" / "roots")
    options = arguments.parse_args()
    for tool in ("debootstrap", "bwrap"):
        if shutil.which(tool) is None:
            sys.exit(f"image-check needs {tool}: apt-get install debootstrap bubblewrap")
    if os.geteuid() != 0:
        sys.exit("image-check needs root, to create a Debian root and to switch users")
    with tempfile.TemporaryDirectory(prefix="image-check-") as scratch:
        image = build(options.roots, Path(scratch))
        print(f"image: user {image.user}, command {' '.join(image.command)}")
        export(image, unpack(options.database, Path(scratch)), Path(scratch))


def build(roots: Path, scratch: Path) -> Stage:
    """Execute the Dockerfile; return its last stage."""
    stages: dict[str, Stage] = {}
    stage, name = Stage(scratch), ""
    for step in DockerfileParser(str(PROJECT / "job" / "Dockerfile")).structure:
        instruction, value = step["instruction"], step["value"]
        if instruction == "COMMENT":
            continue
        print(f"{instruction} {value if len(value) < 100 else value[:97] + '…'}", flush=True)
        if instruction == "FROM":
            base, _, name = value.partition(" AS ")
            name = name or "image"
            stage = Stage(copy_of_base(base, roots, scratch / name), {"PATH": DEFAULT_PATH})
        else:
            stage = EXECUTE[instruction](stage, value, stages)
        stages[name] = stage
    return stage


DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def copy_of_base(base: str, roots: Path, target: Path) -> Path:
    """A copy of a cached debootstrap root with the base image's release and Python version.

    It is a substitute for the base image: the digest is not used.
    """
    match = re.fullmatch(r"python:(\d+\.\d+)-slim-(\w+)@sha256:[0-9a-f]{64}", base)
    if match is None:
        sys.exit(f"the base image must be python:VERSION-slim-RELEASE@sha256:DIGEST, not {base}")
    version, release = match.groups()
    root = roots / release
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        roots.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, root]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (root / "complete").touch()
    subprocess.run(["cp", "--archive", root, target], check=True)
    # the official image has these names for Python, and lets pip install into it
    for name in ("python", "python3"):
        (target / "usr/local/bin" / name).symlink_to(f"/usr/bin/python{version}")
    for marker in target.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    # pip and apt need this machine's authorities, for networks that intercept TLS
    shutil.copy(CERTIFICATES, target / CERTIFICATES.lstrip("/"))
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", target / "etc" / name)
    return target


def execute_copy(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    words = value.split()
    context, ignore = PROJECT, NOT_IN_CONTEXT
    if words[0].startswith("--from="):
        context, ignore = stages[words.pop(0).removeprefix("--from=")].root, None
    *sources, target = words
    into = inside(stage, target)
    for source in sources:
        paths = glob.glob(str(context / source.lstrip("/")))
        if not paths:
            sys.exit(f"COPY {source}: no such file")
        for path in map(Path, paths):
            if path.is_dir():
                shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True, ignore=ignore)
            else:
                file = into / path.name if target.endswith("/") else into
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, file)
    return stage


# Files that .gcloudignore excludes, so that nothing compiled here is copied
NOT_IN_CONTEXT = shutil.ignore_patterns("*.so", "*.cpp", "*.c")


def execute_run(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    run(stage, ["/bin/sh", "-c", value], ["--bind", str(stage.root), "/"], check=True)
    return stage


def execute_env(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    pairs = dict(re.findall(r"(\w+)=(\S+)", value))
    return replace(stage, environment={**stage.environment, **pairs})


def execute_workdir(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    inside(stage, value).mkdir(parents=True, exist_ok=True)
    return replace(stage, workdir=value)


def execute_user(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    return replace(stage, user=value)


def execute_cmd(stage: Stage, value: str, stages: dict[str, Stage]) -> Stage:
    return replace(stage, command=tuple(json.loads(value)))


EXECUTE = {
    "COPY": execute_copy,
    "RUN": execute_run,
    "ENV": execute_env,
    "WORKDIR": execute_workdir,
    "USER": execute_user,
    "CMD": execute_cmd,
}


def inside(stage: Stage, path: str) -> Path:
    """A path of the stage as a path of this machine."""
    return stage.root / os.path.join(stage.workdir, path).lstrip("/")


def run(
    stage: Stage, command: list[str], root: list[str], **arguments: object
) -> subprocess.CompletedProcess:
    """Run a command as the stage's user; `root` are bubblewrap's arguments for the root."""
    user, _, group = stage.user.partition(":")
    settings = {"PIP_CERT": CERTIFICATES, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **stage.environment}
    sandbox = ["bwrap", *root, "--proc", "/proc", "--dev", "/dev", "--unshare-pid", "--clearenv"]
    for name, value in settings.items():
        sandbox += ["--setenv", name, value]
    identity = ["setpriv", f"--reuid={user}", f"--regid={group or user}", "--clear-groups"]
    return subprocess.run(
        [*sandbox, "--chdir", stage.workdir, *identity, *command], text=True, **arguments
    )


def unpack(database: Path, scratch: Path) -> Path:
    """Return the database, unpacked into `scratch` if it is compressed."""
    if database.suffix != ".gz":
        return database
    unpacked = scratch / database.stem
    unpacked.write_bytes(gzip.decompress(database.read_bytes()))
    return unpacked


def export(image: Stage, database: Path, scratch: Path) -> None:
    """Export the database as the image's user to both formats, and check the ZIP."""
    if image.user.split(":")[0] in ("0", "root"):
        sys.exit("the image runs as root")
    if image.command != ("python", "-m", "job"):
        sys.exit(f"the image starts {image.command}")
    out = scratch / "out"
    out.mkdir()
    os.chown(out, *map(int, image.user.split(":")))
    read_only = ["--ro-bind", str(image.root), "/", "--perms", "1777", "--tmpfs", "/tmp"]
    read_only += ["--ro-bind", str(database), "/tmp/BACKUP.GDB", "--bind", str(out), "/tmp/out"]
    read_only += ["--unshare-net"]
    touched = run(image, ["touch", "/venv/x"], read_only, capture_output=True)
    if "Read-only" not in touched.stderr:
        sys.exit("the root was not read-only")
    started = run(image, list(image.command), read_only, capture_output=True)
    if started.returncode == 0 or "is not set" not in started.stdout + started.stderr:
        output = started.stdout + started.stderr
        sys.exit(
            f"{' '.join(image.command)} without settings must name a missing setting: {output}"
        )
    command = ["gdb-export", "export", "BACKUP.GDB", "out/BACKUP.zip", "--format", "csv,parquet"]
    run(image, command, read_only, check=True)
    if not (out / "BACKUP" / "datapackage.json").exists():
        sys.exit("there is no folder of Parquet files beside the ZIP")
    with zipfile.ZipFile(out / "BACKUP.zip") as archive:
        if archive.testzip() is not None:
            sys.exit("the ZIP is damaged")
        names = archive.namelist()
    tables = [name for name in names if name.endswith(".csv")]
    if not tables:
        sys.exit(f"the ZIP holds no table: {names}")
    print(f"ok: {database.name} exported in the image, {len(tables)} tables, members {names[:3]}…")


if __name__ == "__main__":
    main()
