"""Multipart bodies, as different clients write them, are read in pieces of any size."""

import email.generator
import io
import json
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart

import pytest
from google.cloud import storage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.http_server import HttpError
from local.request_body import RequestBody
from local.storage import multipart
from local.storage.multipart import MultipartBody
from local.storage.server import StorageServer

PLAIN = b"--cut\r\nA: 1\r\n\r\none\r\n--cut\r\nA: 2\r\n\r\ntwo\r\n--cut--\r\n"
CONTENT_TYPE = "multipart/related; boundary=cut"


def read(body: bytes, content_type: str = CONTENT_TYPE) -> list[tuple[str | None, bytes]]:
    """Header A and the content of every part."""
    headers = Message()
    headers["Content-Length"] = str(len(body))
    parts = MultipartBody(RequestBody(io.BytesIO(body), headers), content_type)
    contents_by_header = []
    while not parts.is_over:
        part_headers = parts.head()
        contents_by_header.append((part_headers.get("A"), b"".join(parts.content())))
    return contents_by_header


@pytest.mark.parametrize(
    "content_type",
    [
        CONTENT_TYPE,
        'multipart/related; boundary="cut"',
        "multipart/related; boundary='cut'",
        'Multipart/Related; type="application/json"; BOUNDARY=cut; start=1',
        'multipart/related;\r\n boundary="cut"',
    ],
)
def test_all_forms_of_the_boundary_parameter_are_accepted(content_type: str) -> None:
    assert read(PLAIN, content_type) == [("1", b"one"), ("2", b"two")]


def test_single_quotes_may_belong_to_the_boundary() -> None:
    body = PLAIN.replace(b"--cut", b"--'cut'")
    assert read(body, "multipart/related; boundary='cut'") == [("1", b"one"), ("2", b"two")]


@pytest.mark.parametrize(
    ("body", "contents"),
    [
        (PLAIN.replace(b"\r\n", b"\n"), [b"one", b"two"]),
        (b"To whom it may concern\r\n\r\n" + PLAIN, [b"one", b"two"]),
        (PLAIN + b"and so on\r\n--cut\r\n", [b"one", b"two"]),
        (PLAIN.removesuffix(b"\r\n"), [b"one", b"two"]),
        (PLAIN.replace(b"--cut\r\n", b"--cut \t\r\n"), [b"one", b"two"]),
        (PLAIN.replace(b"A: 2", b"B: 3\r\nA:\r\n 2\r\nMIME-Version: 1.0"), [b"one", b"two"]),
        (PLAIN.replace(b"two", b""), [b"one", b""]),
        (PLAIN.replace(b"\r\n\r\ntwo", b"\r\n"), [b"one", b""]),
        (PLAIN.replace(b"two", b"\r\n--cu\r\n--\r\n"), [b"one", b"\r\n--cu\r\n--\r\n"]),
        (PLAIN.replace(b"two", b" --cut--"), [b"one", b" --cut--"]),
        (PLAIN.replace(b"two", b"\n--cut"), [b"one", b"\n--cut"]),
        (b"--cut\n\nends with a return\r\n--cut--", [b"ends with a return\r"]),
    ],
)
def test_all_forms_of_a_body_are_accepted(body: bytes, contents: list[bytes]) -> None:
    assert [content for _, content in read(body)] == contents


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--cut",
        b"--cut--\r\n",
        b"--other\r\n\r\n\r\n--other--",
        PLAIN.removesuffix(b"--cut--\r\n"),
        PLAIN.replace(b"--cut--", b"--cut and more"),
        PLAIN.removesuffix(b"--\r\n"),
        PLAIN.replace(b"A: 2", b"Content-Transfer-Encoding: base64"),
    ],
)
def test_a_malformed_body_is_refused(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        read(body)
    assert caught.value.status == 400


@pytest.mark.parametrize("content_type", ["", "multipart/related", "multipart/related; boundary="])
def test_a_body_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(HttpError, match="boundary"):
        read(PLAIN, content_type)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--cu", b"x"])), st.integers(1, 12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_size_of_pieces_does_not_change_the_content(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], size: int
) -> None:
    monkeypatch.setattr(multipart, "PIECE_BYTES", size)
    content = b"".join(pieces)
    assert read(PLAIN.replace(b"two", content))[1] == ("2", content)


def as_gcloud_writes(resource: dict[str, object], media: bytes) -> tuple[bytes, str]:
    """A body and its content type as gcloud's google-apitools writes them.

    It uses Python's email package: lines end with LF, the boundary is written as by repr().
    """
    root = MIMEMultipart("related")
    root._write_headers = lambda generator: None  # type: ignore[attr-defined]
    metadata = MIMENonMultipart("application", "json")
    metadata.set_payload(json.dumps(resource))
    root.attach(metadata)
    content = MIMENonMultipart("application", "octet-stream")
    content["Content-Transfer-Encoding"] = "binary"
    content.set_payload(media.decode("ascii", "surrogateescape"))
    root.attach(content)
    written = io.BytesIO()
    email.generator.BytesGenerator(written, mangle_from_=False).flatten(root)
    return written.getvalue(), f"multipart/related; boundary={root.get_boundary()!r}"


def test_an_upload_by_gcloud_is_stored(client: storage.Client, server: StorageServer) -> None:
    media = b"\x00\xffFrom here\n\n--===\n"
    body, content_type = as_gcloud_writes({"name": "a/BACKUP.GDB", "metadata": {"k": "v"}}, media)
    assert b"\r" not in body
    response = client._http.post(
        f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=multipart",
        data=body,
        headers={"Content-Type": content_type},
    )
    assert response.status_code == 200
    blob = client.bucket("uploads").get_blob("a/BACKUP.GDB")
    assert (blob.metadata, blob.content_type) == ({"k": "v"}, "application/octet-stream")
    assert blob.download_as_bytes() == media
