"""The JSON API's methods on existing objects: read, list, patch, delete, compose, copy."""

import re
from pathlib import Path
from typing import Any, BinaryIO

from local.http_server import FileSlice, HttpError, Request, Response, Route, json_response
from local.storage.bucket import Bucket
from local.storage.bucket_requests import BUCKET
from local.storage.buckets import Buckets
from local.storage.content import IncomingContent
from local.storage.listing import ListQuery, list_objects
from local.storage.objects import Properties, StoredObject
from local.storage.preconditions import Preconditions, integer_parameter

OBJECT = f"{BUCKET}/o/(?P<object>[^/]+)"
TARGET = "b/(?P<target_bucket>[^/]+)/o/(?P<target>[^/]+)"
MAX_COMPOSE_SOURCES = 32
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class ObjectRequests:
    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def routes(self) -> list[Route]:
        return [
            Route("objects.list", "GET", re.compile(f"{BUCKET}/o"), self.list),
            Route("objects.media", "GET", re.compile(f"/download{OBJECT}"), self.get),
            Route("objects.get", "GET", re.compile(OBJECT), self.get),
            Route("objects.patch", "PATCH", re.compile(OBJECT), self.patch),
            Route("objects.update", "PUT", re.compile(OBJECT), self.update),
            Route("objects.delete", "DELETE", re.compile(OBJECT), self.delete),
            Route("objects.compose", "POST", re.compile(f"{OBJECT}/compose"), self.compose),
            Route("objects.copy", "POST", re.compile(f"{OBJECT}/copyTo/{TARGET}"), self.copy),
            Route(
                "objects.rewrite", "POST", re.compile(f"{OBJECT}/rewriteTo/{TARGET}"), self.rewrite
            ),
        ]

    def list(self, request: Request) -> Response:
        query = ListQuery.from_query(request.query)
        bucket = self._buckets.get(request.parameters["bucket"])
        listing = list_objects(bucket.objects().values(), query)
        response: dict[str, Any] = {
            "kind": "storage#objects",
            "items": [stored.resource(request.base) for stored in listing.objects],
            "prefixes": list(listing.prefixes),
        }
        if listing.next_page_token:
            response["nextPageToken"] = listing.next_page_token
        return json_response(response)

    def get(self, request: Request) -> Response:
        bucket, name = self._bucket_and_name(request)
        stored = bucket.get(name, integer_parameter(request.query, "generation"))
        Preconditions.from_query(request.query).check(stored, reading=True)
        if request.query.get("alt") == "media":
            return media_response(stored, bucket.open(stored), request.headers.get("Range"))
        return json_response(stored.resource(request.base))

    def patch(self, request: Request) -> Response:
        return self._change(request, request.json())

    def update(self, request: Request) -> Response:
        """Replace the metadata: keys that the resource does not name are removed."""
        defaults: dict[str, Any] = {"metadata": None}
        return self._change(request, defaults | request.json())

    def delete(self, request: Request) -> Response:
        bucket, name = self._bucket_and_name(request)
        conditions = Preconditions.from_query(request.query)
        bucket.delete(name, integer_parameter(request.query, "generation"), conditions)
        return Response(204)

    def compose(self, request: Request) -> Response:
        bucket, name = self._bucket_and_name(request)
        resource = request.json()
        sources = [_source(bucket, entry) for entry in resource.get("sourceObjects", [])]
        if not 1 <= len(sources) <= MAX_COMPOSE_SOURCES:
            raise HttpError(
                400, f"The number of source components must be 1 to {MAX_COMPOSE_SOURCES}."
            )
        components = sum(source.component_count or 1 for source in sources)
        first = sources[0].properties.content_type
        properties = Properties.from_resource(resource.get("destination") or {}, first)
        conditions = Preconditions.from_query(request.query)
        content = _copy_content(self._buckets.uploads, [(bucket, source) for source in sources])
        return _put(bucket, name, content, properties, conditions, components, request)

    def copy(self, request: Request) -> Response:
        return json_response(self._copy(request).resource(request.base))

    def rewrite(self, request: Request) -> Response:
        stored = self._copy(request)
        return json_response(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(stored.size),
                "objectSize": str(stored.size),
                "done": True,
                "resource": stored.resource(request.base),
            }
        )

    def _copy(self, request: Request) -> StoredObject:
        bucket, name = self._bucket_and_name(request)
        target = self._buckets.get(request.parameters["target_bucket"])
        source = bucket.get(name, integer_parameter(request.query, "sourceGeneration"))
        Preconditions.from_query(request.query, "ifSource").check(source)
        resource = request.json()
        # An empty resource copies the source's; any other replaces it.
        properties = Properties.from_resource(resource) if resource else source.properties
        content = _copy_content(self._buckets.uploads, [(bucket, source)])
        conditions = Preconditions.from_query(request.query)
        try:
            return target.put(
                request.parameters["target"],
                content,
                properties,
                conditions,
                source.component_count,
            )
        finally:
            content.discard()

    def _change(self, request: Request, patch: dict[str, Any]) -> Response:
        bucket, name = self._bucket_and_name(request)
        conditions = Preconditions.from_query(request.query)
        stored = bucket.patch(
            name, integer_parameter(request.query, "generation"), conditions, patch
        )
        return json_response(stored.resource(request.base))

    def _bucket_and_name(self, request: Request) -> tuple[Bucket, str]:
        return self._buckets.get(request.parameters["bucket"]), request.parameters["object"]


def _source(bucket: Bucket, entry: dict[str, Any]) -> StoredObject:
    """The source object of a compose request. Raises HttpError 404 or 412."""
    generation = entry.get("generation")
    source = bucket.get(str(entry.get("name")), int(generation) if generation else None)
    match = (entry.get("objectPreconditions") or {}).get("ifGenerationMatch")
    Preconditions(generation=int(match) if match is not None else None).check(source)
    return source


def _copy_content(folder: Path, sources: list[tuple[Bucket, StoredObject]]) -> IncomingContent:
    content = IncomingContent(folder)
    try:
        for bucket, source in sources:
            with bucket.open(source) as file:
                while data := file.read(1 << 20):
                    content.append(data)
    except BaseException:
        content.discard()
        raise
    return content


def _put(
    bucket: Bucket,
    name: str,
    content: IncomingContent,
    properties: Properties,
    conditions: Preconditions,
    components: int | None,
    request: Request,
) -> Response:
    try:
        stored = bucket.put(name, content, properties, conditions, components)
    finally:
        content.discard()
    return json_response(stored.resource(request.base))


def media_response(stored: StoredObject, file: BinaryIO, header: str | None) -> Response:
    """The content, or the range that the Range header names (206; 416 beyond the end)."""
    hashes = f"crc32c={stored.crc32c}" + (f",md5={stored.md5}" if stored.md5 else "")
    headers = {
        "Content-Type": stored.properties.content_type,
        "ETag": stored.etag,
        "X-Goog-Generation": str(stored.generation),
        "X-Goog-Metageneration": str(stored.metageneration),
        "X-Goog-Hash": hashes,
        "X-Goog-Storage-Class": "STANDARD",
        "X-Goog-Stored-Content-Length": str(stored.size),
        "Accept-Ranges": "bytes",
    }
    if encoding := stored.properties.settings.get("contentEncoding"):
        headers["Content-Encoding"] = encoding
    selected = byte_range(header, stored.size)
    if selected is None:
        return Response(200, FileSlice(file, 0, stored.size), headers)
    if not selected:
        file.close()
        raise HttpError(416, "The requested range cannot be satisfied.")
    headers["Content-Range"] = f"bytes {selected.start}-{selected.stop - 1}/{stored.size}"
    return Response(206, FileSlice(file, selected.start, len(selected)), headers)


def byte_range(header: str | None, size: int) -> range | None:
    """The range of a Range header; None, for all, if it is not a single range (RFC 9110 14.2)."""
    match = RANGE.fullmatch(header or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
