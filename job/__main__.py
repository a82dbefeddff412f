"""The Cloud Run Job: python -m job."""

import sys

from gdb_export.garbage_collection import raise_gc_thresholds

if __name__ == "__main__":
    raise_gc_thresholds()
    # Only now, since it loads Google's clients
    from job.task import main

    sys.exit(main())
