"""Finds or downloads the jar of Google's Firestore emulator.

No package registry holds it. The gcloud SDK and firebase-tools install it; where neither has, the
jar is downloaded from the bucket that firebase-tools uses.
Source of the URL and the hash: firebase-tools, src/emulator/downloadableEmulatorInfo.json.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from local.processes import StackError

_BLOCK_BYTES = 1 << 20
_TIMEOUT = 60  # seconds without a byte


@dataclass(frozen=True, slots=True)
class JarRelease:
    """A published jar with the size (in bytes) and the SHA-256 that a download must have."""

    url: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        return self.url.rpartition("/")[2]


RELEASE = JarRelease(
    "https://storage.googleapis.com/firebase-preview-drop/emulator/"
    "cloud-firestore-emulator-v1.22.0.jar",
    136_707_194,
    "9b6498b7f62714d67f48f59b3818883cd682dbcd46b9f59511de81c97bb5166c",
)


def find_jar(
    environment: Mapping[str, str] = os.environ,
    home: Path | None = None,
    release: JarRelease = RELEASE,
    root: Path = Path("/"),
) -> Path:
    """The emulator's jar. Raises StackError.

    Searched in this order: FIRESTORE_EMULATOR_JAR, the gcloud SDK, firebase-tools' cache, our own
    cache (~/.cache/gdb-export). Otherwise `release` is downloaded into our cache; if that fails,
    firebase-tools is run by npx to download its jar. System folders are searched under `root`.
    """
    if named := environment.get("FIRESTORE_EMULATOR_JAR"):
        return _checked(Path(named))
    home = home or Path.home()
    if jar := next(_installed_jars(environment, home, root), None):
        return jar
    try:
        return download_jar(release, _own_cache(home))
    except StackError as error:
        if jar := _jar_of_firebase_tools(environment, home):
            return jar
        raise StackError(
            f"{error}; try again, install google-cloud-cli-firestore-emulator,"
            " or set FIRESTORE_EMULATOR_JAR to its jar"
        ) from error


def _checked(jar: Path) -> Path:
    if not zipfile.is_zipfile(jar):
        raise StackError(f"FIRESTORE_EMULATOR_JAR={jar} is not a jar")
    return jar


def _installed_jars(environment: Mapping[str, str], home: Path, root: Path) -> Iterator[Path]:
    for sdk in _sdk_folders(environment, home, root):
        yield from _jars(sdk / "platform/cloud-firestore-emulator")
    yield from _jars(_firebase_cache(home))
    yield from _jars(_own_cache(home))


def _sdk_folders(environment: Mapping[str, str], home: Path, root: Path) -> Iterator[Path]:
    if folder := environment.get("CLOUDSDK_ROOT_DIR"):
        yield Path(folder)
    if gcloud := shutil.which("gcloud", path=environment.get("PATH")):
        yield Path(gcloud).resolve().parent.parent
    yield root / "usr/lib/google-cloud-sdk"
    yield home / "google-cloud-sdk"


def _firebase_cache(home: Path) -> Path:
    return home / ".cache/firebase/emulators"


def _own_cache(home: Path) -> Path:
    return home / ".cache/gdb-export"


def _jars(folder: Path) -> Iterator[Path]:
    """The emulator's intact jars in a folder, newest first. Incomplete downloads are skipped."""
    jars = filter(zipfile.is_zipfile, folder.glob("cloud-firestore-emulator*.jar"))
    return iter(sorted(jars, key=lambda jar: jar.stat().st_mtime, reverse=True))


def download_jar(release: JarRelease, folder: Path) -> Path:
    """Download a release into `folder`. Raises StackError unless size and SHA-256 are right.

    The file gets its final name when it is complete and correct.
    """
    jar = folder / release.file_name
    part = folder / f".{release.file_name}.{os.getpid()}.part"
    megabytes = f"{release.size / 1_000_000:.0f} MB"
    print(f"downloading the Firestore emulator ({megabytes}) from {release.url}", file=sys.stderr)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _download(release, part)
        os.replace(part, jar)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise StackError(f"the Firestore emulator cannot be downloaded: {reason}") from error
    finally:
        part.unlink(missing_ok=True)
    return jar


def _download(release: JarRelease, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with urllib.request.urlopen(release.url, timeout=_TIMEOUT) as response, path.open("wb") as file:
        # A file that is longer than the release is a wrong one: its rest is not read.
        while size <= release.size and (block := response.read(_BLOCK_BYTES)):
            file.write(block)
            digest.update(block)
            size += len(block)
    if size < release.size:
        raise StackError(
            f"the download of the Firestore emulator ended after {size:,} of {release.size:,} bytes"
        )
    if size > release.size or digest.hexdigest() != release.sha256:
        raise StackError(
            f"{release.url} is not the expected file: its SHA-256 is not {release.sha256}"
        )


def _jar_of_firebase_tools(environment: Mapping[str, str], home: Path) -> Path | None:
    """The jar that firebase-tools downloads, run by npx; None if that fails."""
    npx = shutil.which("npx", path=environment.get("PATH"))
    if not npx:
        return None
    command = [npx, "--yes", "firebase-tools", "setup:emulators:firestore"]
    try:
        subprocess.run(command, env=dict(environment), timeout=300, capture_output=True)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return next(_jars(_firebase_cache(home)), None)
