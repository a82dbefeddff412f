"""Random databases, made and read by the engine, exported by us: the same bytes.

FUZZ_DATABASES says how many (default 60, in CI 200) and FUZZ_SEED where the random numbers begin.
"""

import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.differential.comparison import differences
from tests.differential.engine_runner import Engine
from tests.differential.scenarios import Scenario, scenarios

DATABASES = int(os.environ.get("FUZZ_DATABASES", "200" if os.environ.get("CI") else "60"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.mark.timeout(60 + 5 * DATABASES)
def test_random_databases_give_the_rows_that_the_engine_gives(
    engine: ModuleType, tmp_path: Path
) -> None:
    with Engine() as lives:

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
            if lives.live(scenario, path):
                assert differences(path) == []

        compare()
        print(f"seed {SEED}, {DATABASES} databases: {dict(lives.outcomes)}")
        assert lives.outcomes["INSERT"] > DATABASES, "most statements are refused"
        lost = lives.outcomes["the engine hung"] + lives.outcomes["the engine failed"]
        assert lost <= DATABASES / 10
