"""The job, with upload chunks of 256 KiB, so that a small ZIP takes several requests."""

import runpy

from gdb_export.gcs import resumable_upload

resumable_upload.UPLOAD_CHUNK = 256 * 1024
runpy.run_module("job", run_name="__main__", alter_sys=True)
