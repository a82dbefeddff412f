"""Two Cloud Functions that learn without polling that an export has ended. To be copied.

Deploy one of them:
on_zip       for finalized objects of the upload bucket: complete ZIPs and folders only
on_document  for updates of documents exports/{export} in Firestore: failures too
"""

from typing import Any

import functions_framework
from cloudevents.http import CloudEvent
from google.cloud import firestore

FINAL = ("SUCCESS", "FAILURE", "CANCELLED")


@functions_framework.cloud_event
def on_zip(event: CloudEvent) -> None:
    """Recognises the object of an export by its metadata and ignores all other objects."""
    metadata = event.data.get("metadata") or {}
    name: str = event.data["name"]
    if name.endswith((".zip", "/datapackage.json")) and "source-generation" in metadata:
        output = f"gs://{event.data['bucket']}/{name.removesuffix('datapackage.json')}"
        ended("SUCCESS", {"output": output})


@functions_framework.cloud_event
def on_document(event: CloudEvent) -> None:
    """Reads the document, because the event's own copy of it is in Protocol Buffers.

    A document is updated after its export has ended too: the same result may be seen again.
    """
    fields = firestore.Client().document(event["document"]).get().to_dict() or {}
    if fields.get("status") in FINAL:
        ended(fields["status"], fields["result"])


def ended(status: str, result: dict[str, Any]) -> None:
    """Your own work. Events may be delivered twice, so it should change nothing the second time."""
    print(status, result.get("output") or result.get("error"))
