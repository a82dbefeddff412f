"""The JSON API's methods on objects that are there: read, list, patch, delete, compose, copy."""

import re
from pathlib import Path
from typing import Any, BinaryIO

from local.http_server import Answer, FileSlice, HttpError, Request, Route, json_answer
from local.storage.bucket import Bucket
from local.storage.bucket_requests import BUCKET
from local.storage.buckets import Buckets
from local.storage.content import IncomingContent
from local.storage.listing import ListQuery, list_objects
from local.storage.objects import Properties, StoredObject
from local.storage.preconditions import Preconditions, number

OBJECT = f"{BUCKET}/o/(?P<object>[^/]+)"
TARGET = "b/(?P<target_bucket>[^/]+)/o/(?P<target>[^/]+)"
COMPOSE_LIMIT = 32
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

    def list(self, request: Request) -> Answer:
        query = ListQuery.from_query(request.query)
        bucket = self._buckets.get(request.parameters["bucket"])
        listing = list_objects(bucket.objects().values(), query)
        answer: dict[str, Any] = {
            "kind": "storage#objects",
            "items": [stored.resource(request.base) for stored in listing.objects],
            "prefixes": list(listing.prefixes),
        }
        if listing.next_page_token:
            answer["nextPageToken"] = listing.next_page_token
        return json_answer(answer)

    def get(self, request: Request) -> Answer:
        bucket, name = self._named(request)
        stored = bucket.get(name, number(request.query, "generation"))
        Preconditions.from_query(request.query).check(stored, reading=True)
        if request.query.get("alt") == "media":
            return media_answer(stored, bucket.open(stored), request.headers.get("Range"))
        return json_answer(stored.resource(request.base))

    def patch(self, request: Request) -> Answer:
        return self._change(request, request.json())

    def update(self, request: Request) -> Answer:
        """What the resource does not name is removed."""
        emptied: dict[str, Any] = {"metadata": None}
        return self._change(request, emptied | request.json())

    def delete(self, request: Request) -> Answer:
        bucket, name = self._named(request)
        conditions = Preconditions.from_query(request.query)
        bucket.delete(name, number(request.query, "generation"), conditions)
        return Answer(204)

    def compose(self, request: Request) -> Answer:
        bucket, name = self._named(request)
        wanted = request.json()
        sources = [_source(bucket, entry) for entry in wanted.get("sourceObjects", [])]
        if not 1 <= len(sources) <= COMPOSE_LIMIT:
            raise HttpError(400, f"The number of source components must be 1 to {COMPOSE_LIMIT}.")
        components = sum(source.component_count or 1 for source in sources)
        first = sources[0].properties.content_type
        properties = Properties.from_resource(wanted.get("destination") or {}, first)
        conditions = Preconditions.from_query(request.query)
        content = _copied(self._buckets.uploads, [(bucket, source) for source in sources])
        return _stored(bucket, name, content, properties, conditions, components, request)

    def copy(self, request: Request) -> Answer:
        return json_answer(self._copy(request).resource(request.base))

    def rewrite(self, request: Request) -> Answer:
        stored = self._copy(request)
        return json_answer(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(stored.size),
                "objectSize": str(stored.size),
                "done": True,
                "resource": stored.resource(request.base),
            }
        )

    def _copy(self, request: Request) -> StoredObject:
        bucket, name = self._named(request)
        target = self._buckets.get(request.parameters["target_bucket"])
        source = bucket.get(name, number(request.query, "sourceGeneration"))
        Preconditions.from_query(request.query, "ifSource").check(source)
        wanted = request.json()
        # An empty resource copies the source's; any other replaces it.
        properties = Properties.from_resource(wanted) if wanted else source.properties
        content = _copied(self._buckets.uploads, [(bucket, source)])
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

    def _change(self, request: Request, patch: dict[str, Any]) -> Answer:
        bucket, name = self._named(request)
        conditions = Preconditions.from_query(request.query)
        stored = bucket.patch(name, number(request.query, "generation"), conditions, patch)
        return json_answer(stored.resource(request.base))

    def _named(self, request: Request) -> tuple[Bucket, str]:
        return self._buckets.get(request.parameters["bucket"]), request.parameters["object"]


def _source(bucket: Bucket, entry: dict[str, Any]) -> StoredObject:
    """An entry of a compose request. Raises HttpError 404 or 412."""
    generation = entry.get("generation")
    source = bucket.get(str(entry.get("name")), int(generation) if generation else None)
    wanted = (entry.get("objectPreconditions") or {}).get("ifGenerationMatch")
    Preconditions(generation=int(wanted) if wanted is not None else None).check(source)
    return source


def _copied(folder: Path, sources: list[tuple[Bucket, StoredObject]]) -> IncomingContent:
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


def _stored(
    bucket: Bucket,
    name: str,
    content: IncomingContent,
    properties: Properties,
    conditions: Preconditions,
    components: int | None,
    request: Request,
) -> Answer:
    try:
        stored = bucket.put(name, content, properties, conditions, components)
    finally:
        content.discard()
    return json_answer(stored.resource(request.base))


def media_answer(stored: StoredObject, file: BinaryIO, header: str | None) -> Answer:
    """The content, or the range of it that `header` asks for (206, or 416 beyond the end)."""
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
    part = byte_range(header, stored.size)
    if part is None:
        return Answer(200, FileSlice(file, 0, stored.size), headers)
    if not part:
        file.close()
        raise HttpError(416, "The requested range cannot be satisfied.")
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{stored.size}"
    return Answer(206, FileSlice(file, part.start, len(part)), headers)


def byte_range(header: str | None, size: int) -> range | None:
    """None: the whole content, as for a header that is no single range (RFC 9110 14.2)."""
    found = RANGE.fullmatch(header or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
