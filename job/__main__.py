"""The entry point of the Cloud Run Job: python -m job."""

import sys

from gdb_export.garbage_collection import raise_gc_thresholds

if __name__ == "__main__":
    raise_gc_thresholds()
    # Imported late: it loads Google's clients, which should find the thresholds raised.
    from job.main import main

    sys.exit(main())
