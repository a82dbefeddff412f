"""The JSON API's methods on buckets."""

import re
from typing import Any

from local.http_server import HttpError, Request, Response, Route, json_response
from local.storage.bucket import Bucket
from local.storage.buckets import Buckets

API = "/storage/v1/b"
BUCKET = f"{API}/(?P<bucket>[^/]+)"
# The service's limit per type of event; all notifications here have the same type.
MAX_NOTIFICATIONS = 10


class BucketRequests:
    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def routes(self) -> list[Route]:
        notifications = f"{BUCKET}/notificationConfigs"
        return [
            Route("buckets.insert", "POST", re.compile(API), self.insert),
            Route("buckets.list", "GET", re.compile(API), self.list),
            Route("buckets.get", "GET", re.compile(BUCKET), self.get),
            Route("buckets.patch", "PATCH", re.compile(BUCKET), self.patch),
            Route("buckets.update", "PUT", re.compile(BUCKET), self.patch),
            Route("buckets.delete", "DELETE", re.compile(BUCKET), self.delete),
            Route(
                "buckets.testIamPermissions",
                "GET",
                re.compile(f"{BUCKET}/iam/testPermissions"),
                self.test_permissions,
            ),
            Route("notifications.insert", "POST", re.compile(notifications), self.add_notification),
            Route("notifications.list", "GET", re.compile(notifications), self.list_notifications),
        ]

    def insert(self, request: Request) -> Response:
        resource = request.json()
        bucket = self._buckets.create(str(resource.pop("name", "")))
        bucket.change_settings(resource | {"metageneration": 0})
        return json_response(bucket_resource(bucket, request.base))

    def list(self, request: Request) -> Response:
        prefix = request.query.get("prefix", "")
        buckets = [bucket for bucket in self._buckets.all() if bucket.name.startswith(prefix)]
        items = [bucket_resource(bucket, request.base) for bucket in buckets]
        return json_response({"kind": "storage#buckets", "items": items})

    def get(self, request: Request) -> Response:
        return json_response(bucket_resource(self._bucket(request), request.base))

    def patch(self, request: Request) -> Response:
        bucket = self._bucket(request)
        bucket.change_settings(request.json())
        return json_response(bucket_resource(bucket, request.base))

    def delete(self, request: Request) -> Response:
        self._buckets.delete(request.parameters["bucket"])
        return Response(204)

    def test_permissions(self, request: Request) -> Response:
        """Grant every requested permission: the server knows no identities."""
        self._bucket(request)
        granted = [request.query["permissions"]] if "permissions" in request.query else []
        return json_response({"kind": "storage#testIamPermissionsResponse", "permissions": granted})

    def add_notification(self, request: Request) -> Response:
        bucket = self._bucket(request)
        existing = _notifications(bucket)
        if len(existing) >= MAX_NOTIFICATIONS:
            # https://cloud.google.com/storage/quotas
            raise HttpError(400, "Too many overlapping notifications.")
        added = request.json() | {"id": str(len(existing) + 1), "kind": "storage#notification"}
        bucket.change_settings({"notifications": [*existing, added]})
        return json_response(added)

    def list_notifications(self, request: Request) -> Response:
        items = _notifications(self._bucket(request))
        return json_response({"kind": "storage#notifications", "items": items})

    def _bucket(self, request: Request) -> Bucket:
        return self._buckets.get(request.parameters["bucket"])


def _notifications(bucket: Bucket) -> list[dict[str, Any]]:
    return list(bucket.settings().get("notifications", []))


def bucket_resource(bucket: Bucket, base: str) -> dict[str, Any]:
    settings = bucket.settings()
    settings.pop("notifications", None)
    return {
        "kind": "storage#bucket",
        "id": bucket.name,
        "name": bucket.name,
        "selfLink": f"{base}{API}/{bucket.name}",
        "projectNumber": "0",
        "location": "US",
        "locationType": "multi-region",
        "storageClass": "STANDARD",
        "etag": "CAE=",
        **settings,
        "metageneration": str(settings["metageneration"]),
    }
