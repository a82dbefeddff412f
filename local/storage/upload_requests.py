"""The JSON API's uploads. https://cloud.google.com/storage/docs/uploads-downloads#uploads"""

import re

from local.http_server import Answer, HttpError, Request, Route, json_answer
from local.storage.bucket_requests import BUCKET
from local.storage.buckets import Buckets
from local.storage.multipart import MultipartBody
from local.storage.preconditions import Preconditions
from local.storage.uploads import (
    ContentRange,
    Upload,
    UploadSessions,
    read_resource,
    receive,
    take_media,
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

    def start(self, request: Request) -> Answer:
        kind = request.query.get("uploadType")
        if kind == "resumable":
            return self._begin_session(request)
        if kind == "multipart":
            return self._multipart(request)
        if kind == "media":
            return self._media(request)
        raise HttpError(400, f"Invalid upload type: {kind}")

    def put(self, request: Request) -> Answer:
        """A piece of a session's content, its end, or the question how much has come."""
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
            return json_answer(upload.finished.resource(request.base))
        size = upload.content.size
        return Answer(RESUME_INCOMPLETE, headers={"Range": f"bytes=0-{size - 1}"} if size else {})

    def cancel(self, request: Request) -> Answer:
        # The client's terminate() deletes the address that it began the session with, which
        # names no session: the real service lets that session expire.
        self.sessions.end(request.query.get("upload_id", ""))
        return Answer(CANCELLED)

    def _begin_session(self, request: Request) -> Answer:
        resource = request.json()
        upload = self._upload(request, resource, request.headers.get("X-Upload-Content-Type"))
        identity = self.sessions.begin(upload)
        path = f"/upload/storage/v1/b/{upload.bucket.name}/o"
        location = f"{request.base}{path}?uploadType=resumable&upload_id={identity}"
        return Answer(200, headers={"Location": location, "X-GUploader-UploadID": identity})

    def _multipart(self, request: Request) -> Answer:
        parts = MultipartBody(request.body, request.headers.get("Content-Type", ""))
        resource = read_resource(parts)
        upload = self._upload(request, resource, parts.head().get("Content-Type"))
        try:
            take_media(upload, parts)
            return self._finish(upload, request)
        finally:
            upload.content.discard()

    def _media(self, request: Request) -> Answer:
        upload = self._upload(request, {}, request.headers.get("Content-Type"))
        try:
            upload.take(request.body)
            return self._finish(upload, request)
        finally:
            upload.content.discard()

    def _upload(
        self, request: Request, resource: dict[str, object], content_type: str | None
    ) -> Upload:
        """Raises HttpError 400, 404 or 412 before any content is taken."""
        bucket = self._buckets.get(request.parameters["bucket"])
        resource = {"name": request.query.get("name", ""), **resource}
        conditions = Preconditions.from_query(request.query)
        conditions.check(bucket.find(str(resource["name"])))
        return Upload(bucket, self._buckets.uploads, resource, content_type, conditions)

    def _finish(self, upload: Upload, request: Request) -> Answer:
        stored = upload.finish(request.headers.get("X-Goog-Hash", ""))
        return json_answer(stored.resource(request.base))
