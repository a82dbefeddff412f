"""Multipart uploads of the XML API: parts arrive in any order, then form one object.

https://cloud.google.com/storage/docs/multipart-uploads
"""

import re
import threading
import uuid
from dataclasses import dataclass, field
from xml.etree import ElementTree

from local.http_server import HttpError, Request, Response, Route
from local.storage.bucket import Bucket
from local.storage.buckets import Buckets
from local.storage.content import PIECE_BYTES, IncomingContent
from local.storage.objects import Properties
from local.storage.preconditions import Preconditions, integer_parameter

OBJECT = re.compile("/(?P<bucket>[a-z0-9][a-z0-9._-]+)/(?P<object>.+)")
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
META = "x-goog-meta-"


@dataclass(slots=True)
class PartsUpload:
    """A multipart upload; `parts` are by part number. A part replaces one of the same number."""

    bucket: Bucket
    name: str
    properties: Properties
    parts: dict[int, IncomingContent] = field(default_factory=dict)

    def discard(self) -> None:
        for part in self.parts.values():
            part.discard()


class XmlUploadRequests:
    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._lock = threading.Lock()
        self._uploads: dict[str, PartsUpload] = {}

    def routes(self) -> list[Route]:
        return [
            Route("xml.post", "POST", OBJECT, self.post),
            Route("xml.part", "PUT", OBJECT, self.put_part),
            Route("xml.abort", "DELETE", OBJECT, self.abort),
        ]

    def end_all(self) -> None:
        for identity in list(self._uploads):
            self._end(identity)

    def post(self, request: Request) -> Response:
        return self._begin(request) if "uploads" in request.query else self._complete(request)

    def put_part(self, request: Request) -> Response:
        upload = self._upload(request)
        part_number = integer_parameter(request.query, "partNumber") or 0
        if not 1 <= part_number <= 10_000:
            raise HttpError(400, "InvalidArgument: partNumber")
        part = IncomingContent(self._buckets.uploads)
        try:
            while data := request.body.read(PIECE_BYTES):
                part.append(data)
        except BaseException:
            part.discard()
            raise
        checksums = part.close()
        with self._lock:
            replaced = upload.parts.get(part_number)
            upload.parts[part_number] = part
        if replaced:
            replaced.discard()
        hashes = f"crc32c={checksums.crc32c},md5={checksums.md5}"
        return Response(headers={"ETag": f'"{part.path.name}"', "X-Goog-Hash": hashes})

    def abort(self, request: Request) -> Response:
        self._upload(request)
        self._end(request.query["uploadId"])
        return Response(204)

    def _begin(self, request: Request) -> Response:
        bucket = self._buckets.get(request.parameters["bucket"])
        headers = {name.lower(): value for name, value in request.headers.items()}
        metadata = {
            name.removeprefix(META): value
            for name, value in headers.items()
            if name.startswith(META)
        }
        content_type = headers.get("content-type", "application/octet-stream")
        name = request.parameters["object"]
        identity = uuid.uuid4().hex
        with self._lock:
            self._uploads[identity] = PartsUpload(bucket, name, Properties(content_type, metadata))
        fields = {"Bucket": bucket.name, "Key": name, "UploadId": identity}
        return _xml("InitiateMultipartUploadResult", fields)

    def _complete(self, request: Request) -> Response:
        upload = self._upload(request)
        listed = _listed_parts(request.body.read())
        with self._lock:
            parts = [upload.parts.get(part_number) for part_number, _ in listed]
        whole = IncomingContent(self._buckets.uploads)
        try:
            for part, (_, etag) in zip(parts, listed, strict=True):
                if part is None or part.path.name != etag:
                    raise HttpError(400, "InvalidPart")
                with part.path.open("rb") as file:
                    while data := file.read(1 << 20):
                        whole.append(data)
            conditions = Preconditions()
            count = len(parts)
            upload.bucket.put(upload.name, whole, upload.properties, conditions, count)
        finally:
            whole.discard()
        self._end(request.query["uploadId"])
        fields = {"Bucket": upload.bucket.name, "Key": upload.name}
        return _xml("CompleteMultipartUploadResult", fields)

    def _upload(self, request: Request) -> PartsUpload:
        with self._lock:
            upload = self._uploads.get(request.query.get("uploadId", ""))
        if upload is None:
            raise HttpError(404, "NoSuchUpload")
        return upload

    def _end(self, identity: str) -> None:
        with self._lock:
            upload = self._uploads.pop(identity, None)
        if upload:
            upload.discard()


def _listed_parts(body: bytes) -> list[tuple[int, str]]:
    """Numbers and ETags of a CompleteMultipartUpload, in ascending order. Raises HttpError."""
    try:
        parts = ElementTree.fromstring(body).findall("{*}Part")
        listed = [
            (int(part.findtext("{*}PartNumber", "")), part.findtext("{*}ETag", "").strip('"'))
            for part in parts
        ]
    except (ElementTree.ParseError, ValueError):
        raise HttpError(400, "MalformedXML") from None
    if not listed or listed != sorted(listed):
        raise HttpError(400, "InvalidPartOrder")
    return listed


def _xml(name: str, fields: dict[str, str]) -> Response:
    root = ElementTree.Element(name, xmlns=NAMESPACE)
    for key, text in fields.items():
        ElementTree.SubElement(root, key).text = text
    body = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(200, body, {"Content-Type": "application/xml; charset=UTF-8"})
