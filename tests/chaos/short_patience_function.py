"""The function with a shorter START_PATIENCE: two seconds.

If a delivery of the event crashes while it starts an execution, another delivery starts one after
this time.
"""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "functions"))

import job_starter
from main import on_upload

job_starter.START_PATIENCE = timedelta(seconds=2)

__all__ = ["on_upload"]
