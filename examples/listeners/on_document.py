"""A Cloud Function that learns of the end of every export, from its document. To be copied.

It is called for updates of exports/{export} in Firestore: terraform/examples/listeners.
"""

import functions_framework
from cloudevents.http import CloudEvent
from google.cloud import firestore


@functions_framework.cloud_event
def on_document(event: CloudEvent) -> None:
    """Reads the document, because the event's own copy of it is in Protocol Buffers.

    A document is updated after its export has ended too, and events may be delivered twice: your
    own work should change nothing the second time.
    """
    fields = firestore.Client().document(event["document"]).get().to_dict() or {}
    if fields.get("status") in ("SUCCESS", "FAILURE", "CANCELLED"):
        result = fields["result"]
        print(fields["status"], result.get("output"), result.get("dataset"), result.get("error"))
