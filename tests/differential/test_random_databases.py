"""The export of random databases gives the same bytes as reading them with the engine.

FUZZ_DATABASES is their number (30, in `make fuzz` 2,000), FUZZ_SEED the seed of the random numbers.
"""

import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.differential.comparison import differences
from tests.differential.engine_runner import EngineRunner
from tests.differential.scenarios import Scenario, scenarios

DATABASES = int(os.environ.get("FUZZ_DATABASES", "30"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.mark.timeout(60 + 5 * DATABASES)
def test_random_databases_give_the_rows_that_the_engine_gives(
    engine: ModuleType, tmp_path: Path
) -> None:
    with EngineRunner() as runner:

        @seed(SEED)
        @settings(
            max_examples=DATABASES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        @given(scenarios())
        def compare(scenario: Scenario) -> None:
            path = tmp_path / "random.fdb"
            path.unlink(missing_ok=True)
            if runner.run(scenario, path):
                assert differences(path) == []

        compare()
        print(f"seed {SEED}, {DATABASES} databases: {dict(runner.outcomes)}")
        assert runner.outcomes["INSERT"] > DATABASES, "most INSERT statements are refused"
        lost = runner.outcomes["the engine hung"] + runner.outcomes["the engine failed"]
        assert lost <= DATABASES / 10
