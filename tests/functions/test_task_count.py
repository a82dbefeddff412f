"""The number of tasks for an upload."""

import pytest

from execution_starter import task_count
from settings import Settings

SETTINGS = Settings.from_environment(
    {
        "GOOGLE_CLOUD_PROJECT": "demo",
        "JOB_NAME": "projects/demo/locations/europe-west1/jobs/export",
        "TASK_BYTES": "1000",
    }
)


@pytest.mark.parametrize(
    ("options", "count"),
    [({}, 3), ({"format": "csv"}, 3), ({"format": "parquet"}, 3), ({"format": "csv,parquet"}, 1)],
)
def test_both_formats_together_are_written_by_one_task(options: dict[str, str], count: int) -> None:
    assert task_count(SETTINGS, 2500, options) == count
