"""The JSON API's upload methods. https://cloud.google.com/storage/docs/uploads-downloads#uploads"""

import re

from local.http_server import HttpError, Request, Response, Route, json_response
from local.storage.bucket_requests import BUCKET
from local.storage.buckets import Buckets
from local.storage.multipart import MultipartBody
from local.storage.preconditions import Preconditions
from local.storage.uploads import (
    ContentRange,
    Upload,
    UploadSessions,
    append_media,
    read_resource,
    receive,
)

RESUME_INCOMPLETE = 308
CANCELLED = 499


class UploadRequests:
    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self.sessions = UploadSessions()

    def routes(self) -> list[Route]:
        path = re.compile(f"(?:/resumable)?/upload{BUCKET}/o")
        return [
            Route("uploads.start", "POST", path, self.start),
            Route("uploads.put", "PUT", path, self.put),
            Route("uploads.cancel", "DELETE", path, self.cancel),
        ]

    def start(self, request: Request) -> Response:
        kind = request.query.get("uploadType")
        if kind == "resumable":
            return self._begin_session(request)
        if kind == "multipart":
            return self._multipart(request)
        if kind == "media":
            return self._media(request)
        raise HttpError(400, f"Invalid upload type: {kind}")

    def put(self, request: Request) -> Response:
        """Receive a piece of a session's content, or answer a status query."""
        identity = request.query.get("upload_id", "")
        upload = self.sessions.get(identity)
        header = request.headers.get("Content-Range")
        content_range = ContentRange(header, request.body.length)
        try:
            done = receive(
                upload, content_range, request.body, request.headers.get("X-Goog-Hash", "")
            )
        except HttpError as error:
            if error.status in (400, 412):
                self.sessions.end(identity)
            raise
        if done and upload.finished:
            return json_response(upload.finished.resource(request.base))
        size = upload.content.size
        return Response(RESUME_INCOMPLETE, headers={"Range": f"bytes=0-{size - 1}"} if size else {})

    def cancel(self, request: Request) -> Response:
        # The client's terminate() deletes the URL that started the session, which names no
        # session: in the real service the session expires.
        self.sessions.end(request.query.get("upload_id", ""))
        return Response(CANCELLED)

    def _begin_session(self, request: Request) -> Response:
        resource = request.json()
        upload = self._upload(request, resource, request.headers.get("X-Upload-Content-Type"))
        identity = self.sessions.begin(upload)
        path = f"/upload/storage/v1/b/{upload.bucket.name}/o"
        location = f"{request.base}{path}?uploadType=resumable&upload_id={identity}"
        return Response(200, headers={"Location": location, "X-GUploader-UploadID": identity})

    def _multipart(self, request: Request) -> Response:
        parts = MultipartBody(request.body, request.headers.get("Content-Type", ""))
        resource = read_resource(parts)
        upload = self._upload(request, resource, parts.head().get("Content-Type"))
        try:
            append_media(upload, parts)
            return self._finish(upload, request)
        finally:
            upload.content.discard()

    def _media(self, request: Request) -> Response:
        upload = self._upload(request, {}, request.headers.get("Content-Type"))
        try:
            upload.append(request.body)
            return self._finish(upload, request)
        finally:
            upload.content.discard()

    def _upload(
        self, request: Request, resource: dict[str, object], content_type: str | None
    ) -> Upload:
        """Begin an upload. Raises HttpError 400, 404 or 412 before any content is read."""
        bucket = self._buckets.get(request.parameters["bucket"])
        resource = {"name": request.query.get("name", ""), **resource}
        conditions = Preconditions.from_query(request.query)
        conditions.check(bucket.find(str(resource["name"])))
        return Upload(bucket, self._buckets.uploads, resource, content_type, conditions)

    def _finish(self, upload: Upload, request: Request) -> Response:
        stored = upload.finish(request.headers.get("X-Goog-Hash", ""))
        return json_response(stored.resource(request.base))
