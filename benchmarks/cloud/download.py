"""Downloads an object by the fastest method of Google's client, for comparison.

python -m benchmarks.cloud.download gs://BUCKET/NAME FILE
"""

import sys
import urllib.parse

from google.cloud.storage import Client, transfer_manager

if __name__ == "__main__":
    uri, target = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2]
    blob = Client(project="").bucket(uri.netloc).get_blob(uri.path.removeprefix("/"))
    # without the checksum of the object: an export does not compute one either
    transfer_manager.download_chunks_concurrently(
        blob, target, worker_type=transfer_manager.THREAD, crc32c_checksum=False
    )
