"""The Cloud Run Job: python -m job."""

import sys

from job.garbage_collection import collect_seldom

if __name__ == "__main__":
    collect_seldom()
    # Only now, since it loads Google's clients
    from job.task import main

    sys.exit(main())
