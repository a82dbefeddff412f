"""The search for the emulator's jar, and its download from a local HTTP server."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.emulator_jar import JarRelease, download_jar, find_jar
from local.processes import HOST, StackError, free_port

FILE_NAME = "cloud-firestore-emulator-v1.jar"
OWN_CACHE = ".cache/gdb-export"
FIREBASE_CACHE = ".cache/firebase/emulators"


def jar_bytes() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n" * 1000)
    return packed.getvalue()


JAR = jar_bytes()


def write_jar(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(JAR)
    return path


@contextmanager
def jar_server(content: bytes, announced_size: int | None = None) -> Iterator[str]:
    """Serve a file with this content and yield its URL; `announced_size` is its Content-Length."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(announced_size or len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}/{FILE_NAME}"
        finally:
            server.shutdown()
            thread.join()


def release(url: str, size: int = len(JAR)) -> JarRelease:
    """The release of JAR that is downloaded from this URL."""
    return JarRelease(url, size, hashlib.sha256(JAR).hexdigest())


def failure_message(url: str, home: Path) -> str:
    """The message of a search whose last resort, the download from `url`, fails."""
    with pytest.raises(StackError) as caught:
        find_jar({"PATH": ""}, home, release(url), root=home)
    assert not list(home.rglob("*.jar*"))
    message = str(caught.value)
    assert "\n" not in message
    assert "set FIRESTORE_EMULATOR_JAR" in message
    return message


def test_the_named_jar_comes_first(tmp_path: Path) -> None:
    named = write_jar(tmp_path / "named/emulator.jar")
    write_jar(tmp_path / FIREBASE_CACHE / FILE_NAME)
    assert find_jar({"FIRESTORE_EMULATOR_JAR": str(named)}, tmp_path) == named


def test_a_named_file_that_is_not_a_jar_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="is not a jar"):
        find_jar({"FIRESTORE_EMULATOR_JAR": str(tmp_path / "none.jar")}, tmp_path)


def test_the_gcloud_sdk_comes_before_the_caches(tmp_path: Path) -> None:
    sdk = tmp_path / "sdk"
    jar = write_jar(sdk / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
    write_jar(tmp_path / FIREBASE_CACHE / FILE_NAME)
    environment = {"CLOUDSDK_ROOT_DIR": str(sdk), "PATH": ""}
    assert find_jar(environment, tmp_path, root=tmp_path) == jar


def test_the_cache_of_firebase_tools_comes_before_that_of_gdb_export(tmp_path: Path) -> None:
    own_jar = write_jar(tmp_path / OWN_CACHE / FILE_NAME)
    assert find_jar({"PATH": ""}, tmp_path, root=tmp_path) == own_jar
    firebase = write_jar(tmp_path / FIREBASE_CACHE / FILE_NAME)
    assert find_jar({"PATH": ""}, tmp_path, root=tmp_path) == firebase


def test_an_incomplete_jar_is_skipped(tmp_path: Path) -> None:
    own_jar = write_jar(tmp_path / OWN_CACHE / FILE_NAME)
    broken = write_jar(tmp_path / FIREBASE_CACHE / FILE_NAME)
    broken.write_bytes(JAR[: len(JAR) // 2])
    assert find_jar({"PATH": ""}, tmp_path, root=tmp_path) == own_jar


def test_a_jar_is_downloaded_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with jar_server(JAR) as url:
        jar = find_jar({"PATH": ""}, tmp_path, release(url), root=tmp_path)
    assert jar == tmp_path / OWN_CACHE / FILE_NAME
    assert jar.read_bytes() == JAR
    assert [path.name for path in jar.parent.iterdir()] == [FILE_NAME]
    assert f"from {url}\n" in capsys.readouterr().err
    # the server is stopped: a second download would fail
    assert find_jar({"PATH": ""}, tmp_path, release(url), root=tmp_path) == jar


def test_a_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    changed = JAR[:-1] + bytes([JAR[-1] ^ 1])
    with jar_server(changed) as url:
        message = failure_message(url, tmp_path)
    assert message.startswith(f"{url} is not the expected file: its SHA-256 is not ")


def test_a_longer_file_is_an_error(tmp_path: Path) -> None:
    with jar_server(JAR + b"more") as url:
        assert "is not the expected file" in failure_message(url, tmp_path)


def test_a_cut_download_is_an_error(tmp_path: Path) -> None:
    half = len(JAR) // 2
    with jar_server(JAR[:half], announced_size=len(JAR)) as url:
        message = failure_message(url, tmp_path)
    cut = f"the download of the Firestore emulator ended after {half:,} of {len(JAR):,} bytes; "
    assert message.startswith(cut)


def test_no_network_is_an_error(tmp_path: Path) -> None:
    message = failure_message(f"http://{HOST}:{free_port()}/{FILE_NAME}", tmp_path)
    assert message.startswith("the Firestore emulator cannot be downloaded: ")
    assert "Connection refused" in message


def test_a_failed_download_leaves_an_existing_jar(tmp_path: Path) -> None:
    existing = write_jar(tmp_path / FILE_NAME)
    with jar_server(b"not a jar") as url, pytest.raises(StackError):
        download_jar(release(url), tmp_path)
    assert existing.read_bytes() == JAR
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_firebase_tools_is_the_last_resort(tmp_path: Path) -> None:
    fetched = tmp_path / FIREBASE_CACHE / FILE_NAME
    source = write_jar(tmp_path / "source")
    npx = tmp_path / "bin" / "npx"
    npx.parent.mkdir()
    npx.write_text(f"#!/bin/sh\n/bin/mkdir -p {fetched.parent}\n/bin/cp {source} {fetched}\n")
    npx.chmod(0o755)
    unreachable = release(f"http://{HOST}:{free_port()}/{FILE_NAME}")
    environment = {"PATH": str(npx.parent)}
    assert find_jar(environment, tmp_path, unreachable, root=tmp_path) == fetched
