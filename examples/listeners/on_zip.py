"""A Cloud Function that learns that a ZIP or Parquet folder is complete. To be copied.

It is called for finalized objects of the upload bucket: terraform/examples/listeners.
"""

import functions_framework
from cloudevents.http import CloudEvent


@functions_framework.cloud_event
def on_zip(event: CloudEvent) -> None:
    """Recognises the object of an export by its metadata and ignores all other objects.

    Events may be delivered twice: your own work should change nothing the second time.
    """
    metadata = event.data.get("metadata") or {}
    name: str = event.data["name"]
    if name.endswith((".zip", "/datapackage.json")) and "source-generation" in metadata:
        output = f"gs://{event.data['bucket']}/{name.removesuffix('datapackage.json')}"
        print(output, "is the export of", metadata["source"])
